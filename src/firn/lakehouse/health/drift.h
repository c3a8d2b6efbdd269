// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Tells which records of assistants no rule knows, by platform, version and type, and which keys
/// of those it knows: their formats change without notice. A note each; nothing is wrong with the
/// lake.
Status CheckDrift(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report);

}  // namespace firn::lakehouse
