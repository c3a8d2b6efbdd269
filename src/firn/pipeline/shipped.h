// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "firn/base/embedded.h"
#include "firn/base/result.h"
#include "firn/pipeline/package.h"

namespace firn::pipeline {

namespace shipped {
/// The files of `models/`, as the build put them into the binary: "query_perf/package.yaml".
std::span<const EmbeddedFile> Files();
}  // namespace shipped

/// The packages that come with the program. Errors: none, unless a model in one is broken, which
/// the tests rule out.
Result<Package> ConversationsPackage(PackageParts parts = PackageParts::kAll);
Result<Package> QueryPerfPackage(PackageParts parts = PackageParts::kAll);
/// `gold.conversation_embeddings`. It calls `embed_text`, which its runs bring along, and names the
/// variables `embedding_model` and `embedding_version`.
Result<Package> EmbeddingsPackage();

}  // namespace firn::pipeline
