// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/shipped.h"

#include <string_view>
#include <vector>

namespace firn::pipeline {

namespace {

Result<Package> ReadShipped(std::string_view folder, PackageParts parts) {
  std::vector<EmbeddedFile> files;
  for (const EmbeddedFile& file : shipped::Files()) {
    if (file.path.starts_with(folder)) files.push_back(file);
  }
  return ReadPackage(files, parts);
}

}  // namespace

Result<Package> ConversationsPackage(PackageParts parts) {
  return ReadShipped("conversations/", parts);
}

Result<Package> EmbeddingsPackage() {
  return ReadShipped("embeddings/", PackageParts::kAll);
}

Result<Package> QueryPerfPackage(PackageParts parts) {
  return ReadShipped("query_perf/", parts);
}

}  // namespace firn::pipeline
