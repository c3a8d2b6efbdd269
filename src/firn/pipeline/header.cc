// SPDX-License-Identifier: Apache-2.0
//
// The header of a model: which keys there are, and what each may hold. A key that no table below
// names is an error with file and line, so a misspelled option never goes unnoticed.

#include "firn/pipeline/header.h"

#include <algorithm>
#include <array>
#include <functional>

namespace firn::pipeline {
namespace {

using Kind = YamlNode::Kind;

// Reads values of one file; every refusal names the line.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}

  Error Refuse(const YamlNode& node, std::string_view what) const {
    return InvalidArgument(std::string(file_) + ":" + std::to_string(node.line) + ": " +
                           std::string(what));
  }

  Result<std::string> Text(const YamlNode& node) const {
    if (node.kind != Kind::kScalar || node.scalar.empty())
      return Refuse(node, "a text is expected");
    return node.scalar;
  }

  // A list of texts; one text stands for a list of one.
  Result<std::vector<std::string>> Texts(const YamlNode& node) const {
    if (node.kind == Kind::kScalar) return std::vector<std::string>{node.scalar};
    if (node.kind != Kind::kList) return Refuse(node, "a list is expected");
    std::vector<std::string> texts;
    for (const YamlNode& item : node.list) {
      FIRN_ASSIGN(auto text, Text(item));
      texts.push_back(std::move(text));
    }
    return texts;
  }

  Result<std::map<std::string, std::string>> TextMap(const YamlNode& node) const {
    if (node.kind != Kind::kMap) return Refuse(node, "a map is expected");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : node.map) {
      if (value.kind != Kind::kScalar) return Refuse(value, "a text is expected: " + key);
      texts[key] = value.scalar;
    }
    return texts;
  }

  Result<bool> Flag(const YamlNode& node) const {
    if (node.kind == Kind::kScalar && node.scalar == "true") return true;
    if (node.kind == Kind::kScalar && node.scalar == "false") return false;
    return Refuse(node, "true or false is expected");
  }

  using Field = std::pair<std::string_view, std::function<Status(const YamlNode&)>>;

  // Hands every entry of a map to the field of its name.
  Status Fields(const YamlNode& node, std::string_view of, std::span<const Field> fields) const {
    if (node.kind != Kind::kMap) return Refuse(node, std::string(of) + " must be a map");
    for (const auto& [key, value] : node.map) {
      const auto field = std::ranges::find(fields, key, &Field::first);
      if (field == fields.end()) {
        return Refuse(value, "unknown key '" + key + "' in " + std::string(of));
      }
      FIRN_TRY(field->second(value));
    }
    return Ok();
  }

  auto Into(std::string& target) const {
    return [this, &target](const YamlNode& node) -> Status {
      FIRN_ASSIGN(target, Text(node));
      return Ok();
    };
  }
  auto Into(std::vector<std::string>& target) const {
    return [this, &target](const YamlNode& node) -> Status {
      FIRN_ASSIGN(target, Texts(node));
      return Ok();
    };
  }
  auto Into(bool& target) const {
    return [this, &target](const YamlNode& node) -> Status {
      FIRN_ASSIGN(target, Flag(node));
      return Ok();
    };
  }
  auto Into(std::map<std::string, std::string>& target) const {
    return [this, &target](const YamlNode& node) -> Status {
      FIRN_ASSIGN(target, TextMap(node));
      return Ok();
    };
  }

  Status ReadKind(const YamlNode& node, ModelKind& kind) const;
  Status ReadPartition(const YamlNode& node, Model& model) const;
  Status ReadInputs(const YamlNode& node, std::vector<ModelInput>& inputs) const;
  Status ReadColumns(const YamlNode& node, std::vector<ColumnSpec>& columns) const;
  Status ReadChecks(const YamlNode& node, std::vector<Check>& checks) const;

 private:
  Result<ModelInput> ReadInput(const YamlNode& node) const;
  Result<ColumnSpec> ReadColumn(const std::string& name, const YamlNode& node) const;
  Result<Check> ReadCheck(const YamlNode& node) const;
  Status ReadRule(const YamlNode& node, Check::Rule rule, Check& check) const;
  Status ReadAcceptedValues(const YamlNode& node, Check& check) const;

  std::string_view file_;
};

constexpr std::array kKinds = {ModelKind::kAppend,  ModelKind::kMerge,
                               ModelKind::kReplace, ModelKind::kOverwritePartitions,
                               ModelKind::kView,    ModelKind::kNative};
constexpr std::string_view kMacroKind = "macro", kTableMacroKind = "table_macro";
constexpr std::array<std::string_view, 4> kScales = {"initial", "medium", "large", "massive"};

Status HeaderReader::ReadKind(const YamlNode& node, ModelKind& kind) const {
  FIRN_ASSIGN(const std::string word, Text(node));
  const auto* const found = std::ranges::find(kKinds, word, KindWord);
  if (found == kKinds.end()) return Refuse(node, "unknown kind '" + word + "'");
  kind = *found;
  return Ok();
}

Status HeaderReader::ReadPartition(const YamlNode& node, Model& model) const {
  if (node.kind != Kind::kMap) return Into(model.partition_by)(node);
  for (const auto& [scale, fields] : node.map) {
    if (std::ranges::find(kScales, scale) == kScales.end()) {
      return Refuse(fields, "unknown scale '" + scale + "'");
    }
    FIRN_ASSIGN(model.partition_by_scale[scale], Texts(fields));
  }
  return Ok();
}

Result<ModelInput> HeaderReader::ReadInput(const YamlNode& node) const {
  ModelInput input;
  input.line = node.line;
  if (node.kind == Kind::kScalar) {
    input.table = node.scalar;
    return input;
  }
  const std::array<Field, 3> fields = {Field{"table", Into(input.table)},
                                       Field{"touches", Into(input.touches)},
                                       Field{"columns", Into(input.columns)}};
  FIRN_TRY(Fields(node, "an input", fields));
  if (input.table.empty()) return Refuse(node, "an input needs a table");
  if (input.touches == "all") {
    input.touches_all = true;
    input.touches.clear();
  }
  if (!input.touches.empty() && input.columns.empty()) {
    return Refuse(node, "an input that touches groups names the columns it looks at");
  }
  return input;
}

Status HeaderReader::ReadInputs(const YamlNode& node, std::vector<ModelInput>& inputs) const {
  if (node.kind != Kind::kList) return Refuse(node, "inputs must be a list");
  for (const YamlNode& item : node.list) {
    FIRN_ASSIGN(auto input, ReadInput(item));
    inputs.push_back(std::move(input));
  }
  return Ok();
}

Result<ColumnSpec> HeaderReader::ReadColumn(const std::string& name, const YamlNode& node) const {
  ColumnSpec column{name, {}, false, {}, node.line};
  if (node.kind == Kind::kMap) {
    const std::array<Field, 3> fields = {Field{"type", Into(column.type)},
                                         Field{"required", Into(column.required)},
                                         Field{"doc", Into(column.doc)}};
    FIRN_TRY(Fields(node, "a column", fields));
  } else {
    FIRN_ASSIGN(column.type, Text(node));
  }
  if (column.type.ends_with('!')) {
    column.type.pop_back();
    column.required = true;
  }
  if (column.type.empty()) return Refuse(node, "column without a type: " + name);
  return column;
}

Status HeaderReader::ReadColumns(const YamlNode& node, std::vector<ColumnSpec>& columns) const {
  if (node.kind != Kind::kMap) return Refuse(node, "columns must be a map from name to type");
  for (const auto& [name, value] : node.map) {
    FIRN_ASSIGN(auto column, ReadColumn(name, value));
    columns.push_back(std::move(column));
  }
  return Ok();
}

Status HeaderReader::ReadAcceptedValues(const YamlNode& node, Check& check) const {
  std::string column;
  const std::array<Field, 2> fields = {Field{"column", Into(column)},
                                       Field{"values", Into(check.values)}};
  FIRN_TRY(Fields(node, "accepted_values", fields));
  if (column.empty() || check.values.empty()) return Refuse(node, "a column and values are needed");
  check.columns = {column};
  return Ok();
}

Status HeaderReader::ReadRule(const YamlNode& node, Check::Rule rule, Check& check) const {
  if (check.line != 0) return Refuse(node, "a check has one rule");
  check.rule = rule;
  check.line = node.line;
  if (rule == Check::Rule::kAcceptedValues) return ReadAcceptedValues(node, check);
  if (rule == Check::Rule::kExpression) return Into(check.expression)(node);
  FIRN_TRY(Into(check.columns)(node));
  if (rule == Check::Rule::kNotNull && check.columns.size() != 1) {
    return Refuse(node, "not_null takes one column");
  }
  return Ok();
}

// A name for a check that was given none: "not_null_user_id".
std::string NameOf(const Check& check) {
  constexpr std::array<std::string_view, 4> kWords = {"not_null", "unique", "accepted_values",
                                                      "expression"};
  std::string name(kWords[static_cast<size_t>(check.rule)]);
  for (const std::string& column : check.columns)
    name += "_" + column;
  return name;
}

Result<Check> HeaderReader::ReadCheck(const YamlNode& node) const {
  Check check;
  const auto rule = [&](Check::Rule which) {
    return [this, which, &check](const YamlNode& at) { return ReadRule(at, which, check); };
  };
  const auto violation = [&](const YamlNode& at) -> Status {
    constexpr std::array<std::string_view, 3> kWords = {"warn", "fail", "quarantine"};
    FIRN_ASSIGN(const std::string word, Text(at));
    const auto* const found = std::ranges::find(kWords, word);
    if (found == kWords.end()) return Refuse(at, "on_violation is warn, fail or quarantine");
    check.on_violation = static_cast<OnViolation>(found - kWords.begin());
    return Ok();
  };
  const std::array<Field, 6> fields = {Field{"name", Into(check.name)},
                                       Field{"on_violation", violation},
                                       Field{"not_null", rule(Check::Rule::kNotNull)},
                                       Field{"unique", rule(Check::Rule::kUnique)},
                                       Field{"accepted_values", rule(Check::Rule::kAcceptedValues)},
                                       Field{"expression", rule(Check::Rule::kExpression)}};
  FIRN_TRY(Fields(node, "a check", fields));
  if (check.line == 0) {
    return Refuse(node, "a check is not_null, unique, accepted_values or expression");
  }
  if (check.rule == Check::Rule::kUnique && check.on_violation == OnViolation::kQuarantine) {
    return Refuse(node, "unique cannot quarantine: it does not say which of equal rows is wrong");
  }
  if (check.name.empty()) check.name = NameOf(check);
  return check;
}

Status HeaderReader::ReadChecks(const YamlNode& node, std::vector<Check>& checks) const {
  if (node.kind != Kind::kList) return Refuse(node, "checks must be a list");
  for (const YamlNode& item : node.list) {
    FIRN_ASSIGN(auto check, ReadCheck(item));
    if (std::ranges::find(checks, check.name, &Check::name) != checks.end()) {
      return Refuse(item, "two checks are called " + check.name);
    }
    checks.push_back(std::move(check));
  }
  return Ok();
}

bool HasColumn(const Model& model, const std::string& name) {
  return model.columns.empty() ||
         std::ranges::find(model.columns, name, &ColumnSpec::name) != model.columns.end();
}

// Whether `name` may stand in SQL without quotes, but for words that mean something there.
bool IsIdentifier(std::string_view name) {
  const auto letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// "silver.orders"; a view may also have a name without a namespace.
bool IsModelName(std::string_view name, ModelKind kind) {
  if (kind == ModelKind::kView && IsIdentifier(name)) return true;
  const auto dot = name.find('.');
  return dot != 0 && dot != std::string_view::npos && dot + 1 != name.size();
}

// What must hold between the parts of a header.
Status CheckHeader(const Model& model, const YamlNode& header, const HeaderReader& reader) {
  if (!IsModelName(model.name, model.kind)) {
    return reader.Refuse(header, "a model needs a name like silver.orders");
  }
  if (model.kind == ModelKind::kMerge && model.keys.empty()) {
    return reader.Refuse(header, "a merge needs keys: " + model.name);
  }
  if ((model.kind == ModelKind::kNative) == model.native.empty()) {
    return reader.Refuse(header, "a model of kind native, and no other, names its object");
  }
  if (model.kind != ModelKind::kView && model.kind != ModelKind::kNative && model.columns.empty()) {
    return reader.Refuse(header, "a stored model needs columns: " + model.name);
  }
  for (const auto* names : {&model.keys, &model.scope}) {
    for (const std::string& name : *names) {
      if (!HasColumn(model, name)) return reader.Refuse(header, "no such column: " + name);
    }
  }
  for (const Check& check : model.checks) {
    for (const std::string& name : check.columns) {
      if (!HasColumn(model, name)) return reader.Refuse(header, "no such column: " + name);
    }
  }
  return Ok();
}

}  // namespace

Result<Model> ReadHeader(const YamlNode& header, std::string_view file) {
  using Field = HeaderReader::Field;
  const HeaderReader reader(file);
  Model model;
  model.file = file;
  const std::array<Field, 14> fields = {
      Field{"name", reader.Into(model.name)},
      Field{"kind", [&](const YamlNode& node) { return reader.ReadKind(node, model.kind); }},
      Field{"description", reader.Into(model.description)},
      Field{"inputs", [&](const YamlNode& node) { return reader.ReadInputs(node, model.inputs); }},
      Field{"seeds", reader.Into(model.seeds)},
      Field{"keys", reader.Into(model.keys)},
      Field{"scope", reader.Into(model.scope)},
      Field{"sequence_by", reader.Into(model.sequence_by)},
      Field{"native", reader.Into(model.native)},
      Field{"columns",
            [&](const YamlNode& node) { return reader.ReadColumns(node, model.columns); }},
      Field{"partition", [&](const YamlNode& node) { return reader.ReadPartition(node, model); }},
      Field{"sort", reader.Into(model.sort_by)},
      Field{"properties", reader.Into(model.properties)},
      Field{"checks", [&](const YamlNode& node) { return reader.ReadChecks(node, model.checks); }},
  };
  if (header.Find("kind") == nullptr) return reader.Refuse(header, "a model needs a kind");
  FIRN_TRY(reader.Fields(header, "a model", fields));
  if (model.scope.empty()) model.scope = model.keys;
  FIRN_TRY(CheckHeader(model, header, reader));
  return model;
}

bool IsMacroHeader(const YamlNode& header) {
  const YamlNode* kind = header.Find("kind");
  return kind != nullptr && (kind->scalar == kMacroKind || kind->scalar == kTableMacroKind);
}

Result<Macro> ReadMacroHeader(const YamlNode& header, std::string_view file) {
  using Field = HeaderReader::Field;
  const HeaderReader reader(file);
  Macro macro;
  macro.file = file;
  std::string kind;
  const std::array<Field, 4> fields = {Field{"name", reader.Into(macro.name)},
                                       Field{"kind", reader.Into(kind)},
                                       Field{"description", reader.Into(macro.description)},
                                       Field{"parameters", reader.Into(macro.parameters)}};
  FIRN_TRY(reader.Fields(header, "a macro", fields));
  if (kind == kTableMacroKind) macro.gives = Macro::Gives::kTable;
  if (!IsIdentifier(macro.name)) return reader.Refuse(header, "a macro needs a name like avg_time");
  for (const std::string& parameter : macro.parameters) {
    if (!IsIdentifier(parameter)) {
      return reader.Refuse(*header.Find("parameters"), "no name of a parameter: " + parameter);
    }
  }
  return macro;
}

}  // namespace firn::pipeline
