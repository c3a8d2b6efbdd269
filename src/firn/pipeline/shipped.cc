// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/shipped.h"

#include <string_view>
#include <vector>

namespace firn::pipeline {

namespace {

Result<Package> ReadShipped(std::string_view folder) {
  std::vector<EmbeddedFile> files;
  for (const EmbeddedFile& file : shipped::Files()) {
    if (file.path.starts_with(folder)) files.push_back(file);
  }
  return ReadPackage(files);
}

}  // namespace

Result<Package> ConversationsPackage() {
  return ReadShipped("conversations/");
}

Result<Package> EmbeddingsPackage() {
  return ReadShipped("embeddings/");
}

Result<Package> QueryPerfPackage() {
  return ReadShipped("query_perf/");
}

}  // namespace firn::pipeline
