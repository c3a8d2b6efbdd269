// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "firn/base/result.h"
#include "firn/io/checksum_file_io.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::obs {
class Progress;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

class Forgotten;

/// Checks every file that any kept snapshot of any table, or a view, refers to
/// (metadata files, statistics, manifest lists, manifests, data and delete files): its checksum
/// where `recorded` has one, its size, and that data files hold as many rows as stated. What is
/// amiss becomes a finding that names table and file; the others are read all the same.
Status VerifyTables(catalog::Catalog& catalog, io::FileIO& io,
                    std::vector<io::FileChecksum> recorded, obs::Progress& progress,
                    DoctorReport& report);

/// Compares the slices of bronze.conversations with their MD5, and checks that those of each source
/// file follow one another without gap or overlap up to the position read. Files of which something
/// was forgotten have gaps.
Status VerifySlices(catalog::Catalog& catalog, sql::Engine& engine, const Forgotten& forgotten,
                    DoctorReport& report);

}  // namespace firn::lakehouse
