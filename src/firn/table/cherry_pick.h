// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/table/operation.h"

namespace firn::table {

/// Makes a staged snapshot visible on `options.branch`: moves the branch where the snapshot was
/// staged on its head, else repeats its changes on top.
///
/// An append is repeated on any history. A snapshot that removed files or rows is repeated where it
/// was staged on an ancestor of the branch, under snapshot isolation: what it looked at is not
/// known, only what it changed. Partitions it replaced must not have got files since; files a
/// compaction wrote stay as old as they were.
/// Errors of `Plan`: `kNotFound`; `kAlreadyExists` when it, or another of its wap.id, is in the
/// branch; `kConflict` when others changed what it changed, or its parent is not in the branch.
std::unique_ptr<Operation> CherryPick(SnapshotId staged, SnapshotOptions options = {});

}  // namespace firn::table
