// SPDX-License-Identifier: Apache-2.0
//
// The layout of the Hugging Face Hub: Parquet files below data/, whose names begin with that of
// their part, a dataset card (README.md) whose head says which files are which part and what
// columns they have, and the same in dataset_infos.json for older readers.

#include <map>
#include <optional>
#include <vector>

#include <arrow/api.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_export.h"
#include "firn/training/formats.h"

namespace firn::training {
namespace {

using datafile::FromArrow;

constexpr int64_t kBatchRows = 256;
constexpr int64_t kBatchBytes = int64_t{16} << 20;

// A column, or a member of one, as Arrow, the card and dataset_infos.json name it.
struct Feature {
  std::string name;
  std::string dtype;             // "string", "int64"; empty with members.
  std::vector<Feature> members;  // Of the objects of a list, or of one object.
  bool is_list = false;
};

std::vector<Feature> Features() {
  const Feature function{"function", "", {{"name", "string", {}}, {"arguments", "string", {}}}};
  const Feature calls{
      "tool_calls", "", {{"id", "string", {}}, {"type", "string", {}}, function}, true};
  const Feature messages{
      "messages",
      "",
      {{"role", "string", {}}, {"content", "string", {}}, calls, {"tool_call_id", "string", {}}},
      true};
  return {{"conversation_id", "string", {}}, {"platform", "string", {}},
          {"title", "string", {}},           {"model", "string", {}},
          {"language", "string", {}},        messages,
          {"tools", "string", {}},           {"num_messages", "int64", {}},
          {"num_tokens", "int64", {}}};
}

std::shared_ptr<arrow::Field> FieldOf(const Feature& feature) {
  if (feature.members.empty()) {
    return arrow::field(feature.name, feature.dtype == "int64" ? arrow::int64() : arrow::utf8());
  }
  arrow::FieldVector members;
  for (const Feature& member : feature.members)
    members.push_back(FieldOf(member));
  const auto object = arrow::struct_(members);
  return arrow::field(feature.name,
                      feature.is_list ? arrow::list(arrow::field("element", object)) : object);
}

std::shared_ptr<arrow::Schema> SchemaOfSet() {
  arrow::FieldVector fields;
  for (const Feature& feature : Features())
    fields.push_back(FieldOf(feature));
  return arrow::schema(fields);
}

std::string CardText(const std::vector<Feature>& features, const std::string& indent) {
  std::string text;
  for (const Feature& feature : features) {
    text += indent + "- name: " + feature.name + "\n";
    if (feature.members.empty()) {
      text += indent + "  dtype: " + feature.dtype + "\n";
    } else {
      text += indent + (feature.is_list ? "  list:\n" : "  struct:\n") +
              CardText(feature.members, indent + "  ");
    }
  }
  return text;
}

Json FeaturesJson(const std::vector<Feature>& features) {
  Json json{Json::Object()};
  for (const Feature& feature : features) {
    Json type = feature.members.empty()
                    ? Json(Json::Object{{"dtype", feature.dtype}, {"_type", "Value"}})
                    : FeaturesJson(feature.members);
    if (feature.is_list) type = Json::Array{std::move(type)};
    json.Set(feature.name, std::move(type));
  }
  return json;
}

// Builds rows of `SchemaOfSet`.
class Rows {
 public:
  Rows() : schema_(SchemaOfSet()) {}

  Status Begin() {
    for (const auto& field : schema_->fields()) {
      FIRN_ASSIGN(auto builder, FromArrow(arrow::MakeBuilder(field->type())));
      columns_.push_back(std::move(builder));
    }
    return Ok();
  }

  Status Add(const Example& example, const std::string& tools) {
    size_t column = 0;
    for (const std::string* text : {&example.conversation_id, &example.platform, &example.title,
                                    &example.model, &example.language}) {
      FIRN_TRY(AddText(*columns_[column++], *text));
    }
    FIRN_TRY(AddMessages(As<arrow::ListBuilder>(*columns_[column++]), example.messages));
    FIRN_TRY(AddText(*columns_[column++], tools));
    FIRN_TRY(AddNumber(*columns_[column++], static_cast<int64_t>(example.messages.size())));
    FIRN_TRY(AddNumber(*columns_[column++], example.tokens));
    ++rows_;
    for (const ChatMessage& message : example.messages)
      bytes_ += static_cast<int64_t>(message.content.size());
    return Ok();
  }

  bool IsFull() const { return rows_ >= kBatchRows || bytes_ >= kBatchBytes; }

  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    arrow::ArrayVector arrays;
    for (const auto& column : columns_) {
      FIRN_ASSIGN(auto array, FromArrow(column->Finish()));
      arrays.push_back(std::move(array));
    }
    auto batch = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays));
    rows_ = bytes_ = 0;
    return batch;
  }

 private:
  template <typename Builder>
  static Builder& As(arrow::ArrayBuilder& builder) {
    return static_cast<Builder&>(builder);
  }

  static Status AddText(arrow::ArrayBuilder& builder, const std::string& text) {
    auto& texts = As<arrow::StringBuilder>(builder);
    return FromArrow(text.empty() ? texts.AppendNull() : texts.Append(text));
  }

  static Status AddNumber(arrow::ArrayBuilder& builder, int64_t number) {
    return FromArrow(As<arrow::Int64Builder>(builder).Append(number));
  }

  static Status AddMessages(arrow::ListBuilder& list, const std::vector<ChatMessage>& messages) {
    FIRN_TRY(FromArrow(list.Append()));
    auto& entry = As<arrow::StructBuilder>(*list.value_builder());
    for (const ChatMessage& message : messages) {
      FIRN_TRY(FromArrow(entry.Append()));
      FIRN_TRY(AddText(*entry.field_builder(0), message.role));
      auto& content = As<arrow::StringBuilder>(*entry.field_builder(1));
      const bool is_silent = message.content.empty() && !message.calls.empty();
      FIRN_TRY(FromArrow(is_silent ? content.AppendNull() : content.Append(message.content)));
      FIRN_TRY(AddCalls(As<arrow::ListBuilder>(*entry.field_builder(2)), message.calls));
      FIRN_TRY(AddText(*entry.field_builder(3), message.answers));
    }
    return Ok();
  }

  static Status AddCalls(arrow::ListBuilder& list, const std::vector<ToolCall>& calls) {
    if (calls.empty()) return FromArrow(list.AppendNull());
    FIRN_TRY(FromArrow(list.Append()));
    auto& entry = As<arrow::StructBuilder>(*list.value_builder());
    auto& function = As<arrow::StructBuilder>(*entry.field_builder(2));
    for (const ToolCall& call : calls) {
      FIRN_TRY(FromArrow(entry.Append()));
      FIRN_TRY(AddText(*entry.field_builder(0), call.id));
      FIRN_TRY(AddText(*entry.field_builder(1), "function"));
      FIRN_TRY(FromArrow(function.Append()));
      FIRN_TRY(AddText(*function.field_builder(0), call.name));
      FIRN_TRY(AddText(*function.field_builder(1), call.arguments));
    }
    return Ok();
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> columns_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

// What the card says of a part.
struct PartSize {
  std::string name;
  int64_t rows = 0;
  int64_t tokens = 0;
  int64_t bytes = 0;       // Of values, uncompressed.
  int64_t file_bytes = 0;  // Of its files.
};

// The ranges of numbers of rows that the Hub knows.
std::string_view SizeCategory(int64_t rows) {
  if (rows < 1'000) return "n<1K";
  if (rows < 10'000) return "1K<n<10K";
  if (rows < 100'000) return "10K<n<100K";
  if (rows < 1'000'000) return "100K<n<1M";
  if (rows < 10'000'000) return "1M<n<10M";
  return "10M<n<100M";
}

// In a cell of a table a bar would begin the next.
std::string CellText(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string CardOf(const std::vector<PartSize>& parts, const PartSize& all,
                   const SetSettings& settings) {
  std::string card =
      "---\npretty_name: Conversations with AI assistants\ntask_categories:\n- text-generation\n"
      "tags:\n- conversational\n- tool-use\n- firn\nsize_categories:\n- ";
  card +=
      std::string(SizeCategory(all.rows)) + "\nconfigs:\n- config_name: default\n  data_files:\n";
  for (const PartSize& part : parts) {
    card += "  - split: " + part.name + "\n    path: data/" + part.name + "-*.parquet\n";
  }
  card += "dataset_info:\n  features:\n" + CardText(Features(), "  ") + "  splits:\n";
  for (const PartSize& part : parts) {
    card += "  - name: " + part.name + "\n    num_bytes: " + std::to_string(part.bytes) +
            "\n    num_examples: " + std::to_string(part.rows) + "\n";
  }
  card += "  download_size: " + std::to_string(all.file_bytes) +
          "\n  dataset_size: " + std::to_string(all.bytes) + "\n---\n\n";
  card +=
      "# Conversations with AI assistants\n\nA row is a conversation. `messages` has OpenAI's "
      "roles "
      "and calls of tools, so chat templates\ntake it as it is; `tools` is the JSON of the "
      "functions "
      "that were called.\n\n```python\nfrom datasets import load_dataset\n\ndataset = "
      "load_dataset(\"FOLDER\")\n```\n\n| part | conversations | tokens (about) "
      "|\n|---|---:|---:|\n";
  for (const PartSize& part : parts) {
    card += "| " + part.name + " | " + std::to_string(part.rows) + " | " +
            std::to_string(part.tokens) + " |\n";
  }
  card += "\n## How it was made\n\n| | |\n|---|---|\n";
  for (const auto& [name, value] : settings.facts)
    card += "| " + CellText(name) + " | " + CellText(value) + " |\n";
  return card;
}

Json InfosOf(const std::vector<PartSize>& parts, const PartSize& all) {
  Json splits{Json::Object()};
  for (const PartSize& part : parts) {
    splits.Set(
        part.name,
        Json::Object{{"name", part.name}, {"num_bytes", part.bytes}, {"num_examples", part.rows}});
  }
  Json info{Json::Object()};
  info.Set("features", FeaturesJson(Features()));
  info.Set("splits", std::move(splits));
  info.Set("download_size", all.file_bytes);
  info.Set("dataset_size", all.bytes);
  info.Set("size_in_bytes", all.file_bytes + all.bytes);
  return Json::Object{{"default", std::move(info)}};
}

class HuggingFaceSet : public SetWriter {
 public:
  explicit HuggingFaceSet(SetPlace place)
      : place_(std::move(place)), parts_(place_.settings.splits.size()) {
    for (size_t at = 0; at < parts_.size(); ++at)
      parts_[at].size.name = place_.settings.splits[at];
  }

  Result<RenderedExample> Render(const Example& example) const override {
    Json::Array tools = ToolsOf(example);
    return RenderedExample{tools.empty() ? "" : Json(std::move(tools)).Dump()};
  }

  Status Write(size_t split, const Example& example, const RenderedExample& rendered) override {
    Part& part = parts_[split];
    if (!part.file) FIRN_TRY(Begin(part));
    FIRN_TRY(part.rows.Add(example, rendered.front()));
    part.file->Count(example);
    part.size.rows += 1;
    part.size.tokens += example.tokens;
    if (part.rows.IsFull()) FIRN_TRY(Flush(part));
    return part.file->bytes() >= place_.file_bytes ? End(part) : Ok();
  }

  Result<std::vector<SetFile>> Close() override {
    for (Part& part : parts_) {
      if (part.file) FIRN_TRY(End(part));
    }
    std::vector<PartSize> sizes;
    PartSize all;
    for (const Part& part : parts_) {
      if (part.size.rows == 0) continue;
      sizes.push_back(part.size);
      all.rows += part.size.rows;
      all.bytes += part.size.bytes;
      all.file_bytes += part.size.file_bytes;
    }
    FIRN_TRY(Describe("README.md", CardOf(sizes, all, place_.settings)));
    FIRN_TRY(Describe("dataset_infos.json", InfosOf(sizes, all).Dump(2) + "\n"));
    SortByPath(done_);
    return std::move(done_);
  }

 private:
  struct Part {
    Rows rows;
    std::unique_ptr<OpenSetFile> file;
    std::unique_ptr<datafile::ParquetExport> parquet;
    int count = 0;
    PartSize size;
  };

  Status Begin(Part& part) {
    if (part.count == 0) FIRN_TRY(part.rows.Begin());
    const std::string path = "data/" + part.size.name + "-" + FileNumber(part.count++) + ".parquet";
    FIRN_ASSIGN(OpenSetFile file, OpenSetFile::Create(place_, path, part.size.name));
    part.file = std::make_unique<OpenSetFile>(std::move(file));
    const auto sink = [open = part.file.get()](std::string_view bytes) {
      return open->Write(bytes);
    };
    FIRN_ASSIGN(part.parquet, datafile::ParquetExport::Open(SchemaOfSet(), sink));
    return Ok();
  }

  Status Flush(Part& part) {
    FIRN_ASSIGN(const auto batch, part.rows.Finish());
    part.size.bytes += datafile::BytesOf(*batch);
    return part.parquet->Write(batch);
  }

  Status End(Part& part) {
    FIRN_TRY(Flush(part));
    FIRN_TRY(part.parquet->Close());
    part.parquet.reset();
    FIRN_ASSIGN(SetFile done, part.file->Close());
    part.file.reset();
    part.size.file_bytes += done.bytes;
    done_.push_back(std::move(done));
    return Ok();
  }

  Status Describe(const std::string& path, const std::string& text) {
    FIRN_ASSIGN(OpenSetFile file, OpenSetFile::Create(place_, path, ""));
    FIRN_TRY(file.Write(text));
    FIRN_ASSIGN(SetFile done, file.Close());
    done_.push_back(std::move(done));
    return Ok();
  }

  SetPlace place_;
  std::vector<Part> parts_;
  std::vector<SetFile> done_;
};

}  // namespace

std::unique_ptr<SetWriter> OpenHuggingFaceSet(SetPlace place) {
  return std::make_unique<HuggingFaceSet>(std::move(place));
}

}  // namespace firn::training
