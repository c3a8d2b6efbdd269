// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_text_chunks.h"

#include "duckdb/common/vector_operations/ternary_executor.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "firn/base/text_chunks.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

using duckdb::ListVector;
using duckdb::LogicalType;

LogicalType ChunkType() {
  return LogicalType::STRUCT(
      {{"text", LogicalType::VARCHAR}, {"token_count", LogicalType::INTEGER}});
}

// Appends chunks to the elements of `lists`.
duckdb::list_entry_t Append(const std::vector<TextChunk>& chunks, duckdb::Vector& lists) {
  const duckdb::idx_t begin = ListVector::GetListSize(lists);
  const duckdb::idx_t end = begin + chunks.size();
  ListVector::Reserve(lists, end);
  const auto& members = duckdb::StructVector::GetEntries(ListVector::GetEntry(lists));
  auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(*members[0]);
  auto* counts = duckdb::FlatVector::GetData<int32_t>(*members[1]);
  for (duckdb::idx_t i = begin; i < end; ++i) {
    const TextChunk& chunk = chunks[i - begin];
    texts[i] = duckdb::StringVector::AddString(*members[0], chunk.text.data(), chunk.text.size());
    counts[i] = static_cast<int32_t>(chunk.tokens);
  }
  ListVector::SetListSize(lists, end);
  return {begin, chunks.size()};
}

void TextChunks(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
                duckdb::Vector& result) {
  static_cast<void>(state);
  duckdb::TernaryExecutor::Execute<duckdb::string_t, int32_t, int32_t, duckdb::list_entry_t>(
      arguments.data[0], arguments.data[1], arguments.data[2], result, arguments.size(),
      [&result](duckdb::string_t text, int32_t tokens_max, int32_t overlap_tokens) {
        if (overlap_tokens < 0 || tokens_max <= overlap_tokens) {
          ThrowInDuckDb(InvalidArgument("text_chunks takes more tokens than it repeats", tokens_max,
                                        overlap_tokens));
        }
        return Append(
            SplitIntoChunks({text.GetData(), text.GetSize()}, {tokens_max, overlap_tokens}),
            result);
      });
}

}  // namespace

void RegisterTextChunks(duckdb::DuckDB& database) {
  const duckdb::ScalarFunction function(
      "text_chunks", {LogicalType::VARCHAR, LogicalType::INTEGER, LogicalType::INTEGER},
      LogicalType::LIST(ChunkType()), TextChunks);
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  loader.RegisterFunction(function);
}

}  // namespace firn::sql
