// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"

namespace firn {
class Env;
}
namespace firn::catalog {
class Catalog;
}
namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Gives every platform that has conversations a namespace of its name, with views of its rows in
/// the tables of silver and gold: `claude_code.conversations`. Other engines see them, too.
///
/// What else is in the namespace stays: tables, views that other hands made or replaced, names that
/// are taken. A view that was dropped comes back only when the tables change their columns.
/// Errors: those of catalog and engine.
Status KeepPlatformViews(catalog::Catalog& catalog, sql::Engine& engine, Env& env);

}  // namespace firn::lakehouse
