// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "firn/table/data_file.h"
#include "firn/table/operation.h"

namespace firn::table {

/// Adds data files and touches no manifest that is there: the cheapest commit, but the manifest
/// list grows by each. Never conflicts with other writers.
std::unique_ptr<Operation> FastAppend(std::vector<DataFile> files, SnapshotOptions options = {});

/// Adds data files. When the branch has many small manifests, they are merged on the way (table
/// properties commit.manifest.*). Never conflicts with other writers.
std::unique_ptr<Operation> MergeAppend(std::vector<DataFile> files, SnapshotOptions options = {});

}  // namespace firn::table
