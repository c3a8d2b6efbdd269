// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/table/operation.h"

namespace firn::table {

/// Makes a branch or tag at `ref.snapshot_id`. Errors of `Plan`: `kAlreadyExists`; `kNotFound`
/// for an unknown snapshot.
std::unique_ptr<Operation> CreateRef(std::string name, Ref ref);
/// Makes a ref or moves it wherever it is, keeping the limits `ref` has.
std::unique_ptr<Operation> ReplaceRef(std::string name, Ref ref);
/// Removes a branch or tag; with `missing_ok`, also one that is not there. Never main.
std::unique_ptr<Operation> RemoveRef(std::string name, bool missing_ok = false);
/// Gives a branch or tag another name; `kAlreadyExists` where that is taken. Never main.
std::unique_ptr<Operation> RenameRef(std::string name, std::string new_name);
/// Changes the limits of a branch or tag, as `limits` has them; where it points stays.
std::unique_ptr<Operation> SetRefLimits(std::string name, Ref limits);
/// Moves `branch` back to one of its ancestors.
std::unique_ptr<Operation> RollbackTo(SnapshotId snapshot, std::string branch = "main");
/// Moves `branch` back to its newest ancestor that is older than `time`. `kNotFound` where there is
/// none.
std::unique_ptr<Operation> RollbackToTime(TimeMs time, std::string branch = "main");
/// Moves `branch` to any snapshot of the table, or makes main where the table is empty.
std::unique_ptr<Operation> SetCurrentSnapshot(SnapshotId snapshot, std::string branch = "main");
/// Moves `branch` to where `to` (a ref) is, which must descend from it.
std::unique_ptr<Operation> FastForward(std::string branch, std::string to);

}  // namespace firn::table
