// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_vector_function.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "duckdb/main/extension/extension_loader.hpp"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;

// The texts of a column, without nulls, and the rows they stand in.
struct Texts {
  std::vector<std::string_view> texts;
  std::vector<duckdb::idx_t> rows;
};

Texts TextsOf(duckdb::Vector& column, duckdb::idx_t count) {
  duckdb::UnifiedVectorFormat format;
  column.ToUnifiedFormat(count, format);
  const auto* values = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  Texts found;
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const auto at = format.sel->get_index(row);
    if (!format.validity.RowIsValid(at)) continue;
    found.texts.emplace_back(values[at].GetData(), values[at].GetSize());
    found.rows.push_back(row);
  }
  return found;
}

void PutLists(const Texts& of, const std::vector<std::vector<float>>& lists, duckdb::idx_t count,
              duckdb::Vector& result) {
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto& validity = duckdb::FlatVector::Validity(result);
  auto* const entries = duckdb::ListVector::GetData(result);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    validity.SetInvalid(row);
    entries[row] = {0, 0};
  }
  duckdb::idx_t numbers = 0;
  for (const std::vector<float>& list : lists)
    numbers += list.size();
  duckdb::ListVector::Reserve(result, numbers);
  auto* const out = duckdb::FlatVector::GetData<float>(duckdb::ListVector::GetEntry(result));
  duckdb::idx_t end = 0;
  for (size_t i = 0; i < lists.size(); ++i) {
    if (lists[i].empty()) continue;
    validity.SetValid(of.rows[i]);
    entries[of.rows[i]] = {end, lists[i].size()};
    std::ranges::copy(lists[i], out + end);
    end += lists[i].size();
  }
  duckdb::ListVector::SetListSize(result, end);
}

}  // namespace

void RegisterVectorFunction(duckdb::DuckDB& database, const std::string& name,
                            TextVectors function) {
  const auto run = [function = std::move(function)](duckdb::DataChunk& arguments,
                                                    duckdb::ExpressionState& state,
                                                    duckdb::Vector& result) {
    static_cast<void>(state);
    const Texts texts = TextsOf(arguments.data[0], arguments.size());
    const auto lists = OrThrow(function(texts.texts));
    if (lists.size() != texts.texts.size()) {
      ThrowInDuckDb(Internal("a function gave another number of vectors", lists.size()));
    }
    PutLists(texts, lists, arguments.size(), result);
  };
  duckdb::ScalarFunction made(name, {LogicalType::VARCHAR}, LogicalType::LIST(LogicalType::FLOAT),
                              run);
  // It may be dear: a filter on what it gives must not move below it and run it twice.
  made.SetStability(duckdb::FunctionStability::VOLATILE);
  made.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  loader.RegisterFunction(made);
}

}  // namespace firn::sql
