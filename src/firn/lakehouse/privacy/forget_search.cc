// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/privacy/forget_search.h"

#include <algorithm>
#include <utility>

#include <arrow/api.h>

#include "firn/catalog/catalog.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/maintain/file_set.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

constexpr std::string_view kParquet = ".parquet";
constexpr char kConversationId[] = "conversation_id";
constexpr int64_t kFileBytesMax = int64_t{4} << 30;

// Files of the current snapshot.
Result<maintain::FileSet> LiveFilesOf(const table::TableMetadata& metadata, io::FileIO& files) {
  maintain::FileSet live;
  FIRN_ASSIGN(const table::ScanPlan plan, table::PlanScan(metadata, {}, files));
  for (const table::FileScanTask& task : plan.tasks) {
    live.Insert(task.file.file_path);
    for (const table::DataFile& deletes : task.deletes)
      live.Insert(deletes.file_path);
  }
  return live;
}

// What is read of a table's files: the conversation's column where there is one, else all texts
// and lists of texts.
Result<table::Schema> TextsOf(const table::Schema& schema) {
  std::vector<table::NestedField> fields;
  for (table::NestedField field : schema.fields()) {
    const bool texts = field.type.id() == table::TypeId::kList &&
                       field.type.element().type.id() == table::TypeId::kString;
    if (!texts && field.type.id() != table::TypeId::kString) continue;
    field.required = false;  // Delete files have none of them.
    if (field.name == kConversationId) return table::Schema::Make(table::SchemaId(0), {field});
    fields.push_back(std::move(field));
  }
  return table::Schema::Make(table::SchemaId(0), std::move(fields));
}

}  // namespace

ForgetSearch::ForgetSearch(const ForgetContext& context, const std::set<std::string>& ids,
                           std::function<bool(std::string_view)> is_forgotten)
    : context_(context), ids_(ids), is_forgotten_(std::move(is_forgotten)) {}

bool ForgetSearch::HoldsId(std::string_view text) const {
  return std::ranges::any_of(
      ids_, [&](const std::string& id) { return text.find(id) != std::string_view::npos; });
}

Result<bool> ForgetSearch::Holds(const io::FileInfo& file, const table::Schema& texts) {
  if (texts.fields().empty()) return false;
  const bool by_conversation = texts.fields().front().name == kConversationId;
  table::DataFile data;
  data.file_path = file.location;
  data.file_format = table::FileFormat::kParquet;
  data.file_size_bytes = file.size_bytes;
  FIRN_ASSIGN(const auto reader, datafile::ReadFile(context_.lake.files, data, texts));
  while (true) {
    FIRN_ASSIGN(const auto rows, reader->Next());
    if (rows == nullptr) return false;
    for (const auto& column : rows->columns()) {
      const auto* lists = dynamic_cast<const arrow::ListArray*>(column.get());
      const auto& values =
          static_cast<const arrow::StringArray&>(lists != nullptr ? *lists->values() : *column);
      for (int64_t row = 0; row < values.length(); ++row) {
        if (values.IsNull(row)) continue;
        const std::string_view text = values.GetView(row);
        if (by_conversation ? is_forgotten_(text) : HoldsId(text)) return true;
      }
    }
  }
}

Status ForgetSearch::LookInto(const catalog::TableName& name) {
  const maintain::MaintainContext& lake = context_.lake;
  FIRN_ASSIGN(const auto table, lake.catalog.LoadTable(name));
  FIRN_ASSIGN(const auto live, LiveFilesOf(*table.metadata, lake.files));
  FIRN_ASSIGN(const table::Schema texts, TextsOf(table.metadata->schema()));
  FIRN_ASSIGN(const auto folders, maintain::FoldersInCatalog(lake.catalog, lake.warehouse, table));
  for (const std::string& folder : folders.folders()) {
    FIRN_ASSIGN(const auto listed, lake.files.List(folder));
    for (const io::FileInfo& file : listed) {
      if (file.hidden || !file.location.ends_with(kParquet)) continue;
      ++files_;
      FIRN_ASSIGN(const bool holds, Holds(file, texts));
      if (!holds) continue;
      if (live.Contains(file.location) || !lake.files.Delete(file.location).ok()) {
        left_.push_back(file.location);
      }
    }
  }
  return Ok();
}

Status ForgetSearch::LookBeside() {
  FIRN_ASSIGN(const auto listed, context_.disk.List(io::FileLocation(context_.folder.root + "/")));
  for (const io::FileInfo& file : listed) {
    if (file.location.ends_with(kParquet)) continue;
    const auto bytes = context_.disk.ReadAll(file.location, kFileBytesMax);
    if (!bytes && bytes.error().kind == ErrorKind::kNotFound) continue;  // Gone meanwhile.
    FIRN_TRY(bytes);
    ++files_;
    if (HoldsId(*bytes)) left_.push_back(file.location);
  }
  return Ok();
}

}  // namespace firn::lakehouse
