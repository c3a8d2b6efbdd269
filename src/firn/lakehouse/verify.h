// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}
namespace firn::obs {
class Progress;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Reads every file that any kept snapshot of any table refers to: manifest lists, manifests with
/// their lengths, data files with their sizes, row counts and page checksums. What is amiss becomes
/// a finding that names table and file; the others are read all the same.
Status VerifyTables(catalog::Catalog& catalog, io::FileIO& io, obs::Progress& progress,
                    DoctorReport& report);

/// Compares the slices of bronze.conversations with their MD5, and checks that those of each source
/// file follow one another without gap or overlap up to the position read.
Status VerifySlices(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report);

}  // namespace firn::lakehouse
