// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/pipeline/package.h"

namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// The shipped packages as one, with what the lake's configuration says in their models.
Result<pipeline::Package> ShippedPackages(
    const LakeConfig& config, pipeline::PackageParts parts = pipeline::PackageParts::kAll);

/// The shipped packages and those of the lake: each folder in `models/` is one, and so are the
/// files that lie there beside them. Names that begin with a dot or end with `~` are passed over,
/// and so are a package's folders `examples` and `test`. Those of the lake are read whole, whatever
/// of the shipped ones is, so that a mistake in them is told. Errors: `kInvalidArgument` naming
/// file and line; `kResourceExhausted` for more or larger files than a package has; those of
/// reading.
Result<pipeline::Package> PackagesOf(const LakeFolder& folder, io::FileIO& disk,
                                     pipeline::PackageParts shipped = pipeline::PackageParts::kAll);

}  // namespace firn::lakehouse
