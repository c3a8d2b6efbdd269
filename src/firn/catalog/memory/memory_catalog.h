// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"

namespace firn::catalog {

/// Makes a catalog that lives as long as the object. Metadata files go through `files`, under the
/// location `warehouse`; both references outlive the catalog.
std::unique_ptr<Catalog> MakeMemoryCatalog(std::string warehouse, io::FileIO& files, Env& env);

}  // namespace firn::catalog
