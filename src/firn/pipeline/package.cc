// SPDX-License-Identifier: Apache-2.0
//
// From files to models and macros. Such a file is SQL whose first comment is its YAML header, so
// that editors and other engines see plain SQL:
//
//   /*
//   name: silver.orders
//   kind: merge
//   ...
//   */
//   SELECT ...

#include "firn/pipeline/package.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "firn/base/digest.h"
#include "firn/pipeline/header.h"
#include "firn/pipeline/yaml.h"

namespace firn::pipeline {
namespace {

constexpr std::array<std::pair<ModelKind, std::string_view>, 6> kKindWords = {{
    {ModelKind::kAppend, "append"},
    {ModelKind::kMerge, "merge"},
    {ModelKind::kReplace, "replace"},
    {ModelKind::kOverwritePartitions, "overwrite_partitions"},
    {ModelKind::kView, "view"},
    {ModelKind::kNative, "native"},
}};

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

struct SqlFile {
  YamlNode header;
  std::string query;
};

Result<SqlFile> ReadSqlFile(const EmbeddedFile& file) {
  const std::string path(file.path);
  const auto end = file.bytes.find("*/");
  if (!file.bytes.starts_with("/*") || end == std::string_view::npos) {
    return InvalidArgument(path + ":1: a model begins with its header, /* ... */");
  }
  SqlFile read;
  FIRN_ASSIGN(read.header, ParseYaml(file.bytes.substr(2, end - 2), path, 1));
  std::string_view query = Trim(file.bytes.substr(end + 2));
  while (query.ends_with(';'))
    query = Trim(query.substr(0, query.size() - 1));
  if (query.empty()) return InvalidArgument(path + ": a model without a query");
  read.query = query;
  return read;
}

Status AddSqlFile(const EmbeddedFile& file, Package& package) {
  FIRN_ASSIGN(SqlFile read, ReadSqlFile(file));
  if (IsMacroHeader(read.header)) {
    FIRN_ASSIGN(Macro macro, ReadMacroHeader(read.header, file.path));
    macro.sql = std::move(read.query);
    package.macros.push_back(std::move(macro));
    return Ok();
  }
  FIRN_ASSIGN(Model model, ReadHeader(read.header, file.path));
  if (model.kind == ModelKind::kNative)
    return InvalidArgument(model.file + ": a native model has no query");
  model.sql = std::move(read.query);
  model.fingerprint = Md5Hex(file.bytes);
  package.models.push_back(std::move(model));
  return Ok();
}

Status AddYamlFile(const EmbeddedFile& file, Package& package) {
  FIRN_ASSIGN(const auto header, ParseYaml(file.bytes, file.path, 1));
  FIRN_ASSIGN(Model model, ReadHeader(header, file.path));
  if (model.kind != ModelKind::kNative) {
    return InvalidArgument(model.file + ": a model of this kind needs a query (.sql)");
  }
  model.fingerprint = Md5Hex(file.bytes);
  package.models.push_back(std::move(model));
  return Ok();
}

std::vector<std::string> Split(std::string_view line, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(separator, begin), line.size());
    parts.emplace_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Seeds are comma separated without quotes: a value that needs them has no place in a seed.
Result<Seed> ReadSeed(const EmbeddedFile& file) {
  Seed seed;
  const auto slash = file.path.rfind('/');
  seed.name = file.path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  seed.name.resize(seed.name.size() - 4);
  seed.fingerprint = Md5Hex(file.bytes);
  int line_number = 0;
  for (std::string& line : Split(Trim(file.bytes), '\n')) {
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    const std::string where = std::string(file.path) + ":" + std::to_string(line_number);
    if (line.find('"') != std::string::npos)
      return InvalidArgument(where + ": a seed has no quotes");
    auto values = Split(line, ',');
    if (line_number == 1) {
      seed.columns = std::move(values);
    } else if (values.size() != seed.columns.size()) {
      return InvalidArgument(where + ": values in this line", values.size());
    } else {
      seed.rows.push_back(std::move(values));
    }
  }
  return seed;
}

Status ReadPackageHeader(const EmbeddedFile& file, Package& package) {
  FIRN_ASSIGN(const auto node, ParseYaml(file.bytes, file.path, 1));
  for (const auto& [key, value] : node.map) {
    std::string* const target = key == "name"          ? &package.name
                                : key == "version"     ? &package.version
                                : key == "description" ? &package.description
                                                       : nullptr;
    if (target == nullptr || value.kind != YamlNode::Kind::kScalar) {
      return InvalidArgument(std::string(file.path) + ":" + std::to_string(value.line) +
                             ": unknown key '" + key + "' in a package");
    }
    *target = value.scalar;
  }
  if (package.name.empty())
    return InvalidArgument(std::string(file.path) + ": a package needs a name");
  return Ok();
}

Status ReadFile(const EmbeddedFile& file, Package& package) {
  if (file.path == "package.yaml" || file.path.ends_with("/package.yaml")) {
    return ReadPackageHeader(file, package);
  }
  if (file.path.ends_with(".csv")) {
    FIRN_ASSIGN(auto seed, ReadSeed(file));
    package.seeds.push_back(std::move(seed));
  } else if (file.path.ends_with(".sql")) {
    return AddSqlFile(file, package);
  } else if (file.path.ends_with(".yaml")) {
    return AddYamlFile(file, package);
  } else if (!file.path.ends_with(".md")) {
    return InvalidArgument("a package holds .sql, .yaml, .csv and .md files", file.path);
  }
  return Ok();
}

// Cheaper than to read its header; some files that define none are taken for one that does.
bool MayDefineName(const EmbeddedFile& file) {
  const std::string_view header = file.bytes.substr(0, file.bytes.find("*/"));
  const auto says = [&](std::string_view word) {
    return header.find(word) != std::string_view::npos;
  };
  return file.path.ends_with("package.yaml") ||
         (file.path.ends_with(".sql") && (says("view") || says("macro")));
}

// Names are used once, seeds exist; a model's fingerprint covers the seeds it reads.
Status LinkModels(Package& package) {
  std::set<std::string_view> names;
  for (Model& model : package.models) {
    if (!names.insert(model.name).second) {
      return InvalidArgument(model.file + ": two models are called " + model.name);
    }
    for (const std::string& name : model.seeds) {
      const Seed* seed = package.FindSeed(name);
      if (seed == nullptr) return InvalidArgument(model.file + ": no such seed: " + name);
      model.fingerprint = Md5Hex(model.fingerprint + seed->fingerprint);
    }
  }
  return Ok();
}

Status CheckMacros(const Package& package) {
  for (const Macro& macro : package.macros) {
    if (package.FindMacro(macro.name, macro.gives) != &macro) {
      return InvalidArgument(macro.file + ": two macros are called " + macro.name);
    }
  }
  return Ok();
}

// Depth first; `path` is the way down, for naming a circle.
class Ordering {
 public:
  explicit Ordering(std::vector<Model>& models) : models_(models) {
    std::ranges::sort(models_, {}, &Model::name);
  }

  Status Run() {
    for (size_t i = 0; i < models_.size(); ++i)
      FIRN_TRY(Visit(i));
    std::vector<Model> ordered;
    for (const size_t i : order_)
      ordered.push_back(std::move(models_[i]));
    models_ = std::move(ordered);
    return Ok();
  }

 private:
  Status Visit(size_t i) {
    if (done_.contains(i)) return Ok();
    if (std::ranges::find(path_, i) != path_.end()) return Circle(i);
    path_.push_back(i);
    for (const ModelInput& input : models_[i].inputs) {
      const auto at = std::ranges::find(models_, input.table, &Model::name);
      if (at != models_.end()) FIRN_TRY(Visit(static_cast<size_t>(at - models_.begin())));
    }
    path_.pop_back();
    done_.insert(i);
    order_.push_back(i);
    return Ok();
  }

  Error Circle(size_t i) const {
    std::string names;
    for (auto at = std::ranges::find(path_, i); at != path_.end(); ++at) {
      names += models_[*at].name + " -> ";
    }
    return InvalidArgument(models_[i].file + ": models read each other in a circle: " + names +
                           models_[i].name);
  }

  std::vector<Model>& models_;
  std::vector<size_t> path_, order_;
  std::set<size_t> done_;
};

std::string Literal(const std::optional<std::string>& value) {
  if (!value) return "CAST(NULL AS VARCHAR)";
  std::string text = "'";
  for (const char c : *value)
    text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

Result<std::string> Bind(std::string_view sql, const std::string& file, const Variables& values) {
  constexpr std::string_view kOpen = "${";
  std::string bound;
  std::string_view rest = sql;
  for (size_t at = rest.find(kOpen); at != std::string_view::npos; at = rest.find(kOpen)) {
    const size_t end = rest.find('}', at);
    const std::string name(rest.substr(at + kOpen.size(), end - at - kOpen.size()));
    const auto value = values.find(name);
    if (end == std::string_view::npos || value == values.end()) {
      return InvalidArgument(file + ": there is no variable", name);
    }
    bound += std::string(rest.substr(0, at)) + Literal(value->second);
    rest.remove_prefix(end + 1);
  }
  return bound + std::string(rest);
}

}  // namespace

std::string_view KindWord(ModelKind kind) {
  return std::ranges::find(kKindWords, kind, &std::pair<ModelKind, std::string_view>::first)
      ->second;
}

const std::vector<std::string>& Model::PartitionAt(std::string_view scale) const {
  constexpr std::array<std::string_view, 4> kScales = {"initial", "medium", "large", "massive"};
  const std::vector<std::string>* best = &partition_by;
  for (const std::string_view step : kScales) {
    const auto found = partition_by_scale.find(std::string(step));
    if (found != partition_by_scale.end()) best = &found->second;
    if (step == scale) break;
  }
  return *best;
}

const Model* Package::Find(std::string_view table) const {
  const auto found = std::ranges::find(models, table, &Model::name);
  return found == models.end() ? nullptr : &*found;
}

const Seed* Package::FindSeed(std::string_view name_of_seed) const {
  const auto found = std::ranges::find(seeds, name_of_seed, &Seed::name);
  return found == seeds.end() ? nullptr : &*found;
}

const Macro* Package::FindMacro(std::string_view name_of_macro, Macro::Gives gives) const {
  const auto found = std::ranges::find_if(macros, [&](const Macro& macro) {
    return macro.name == name_of_macro && macro.gives == gives;
  });
  return found == macros.end() ? nullptr : &*found;
}

Status BindVariables(Package& package, const Variables& values) {
  for (Model& model : package.models) {
    FIRN_ASSIGN(std::string bound, Bind(model.sql, model.file, values));
    if (bound == model.sql) continue;
    model.sql = std::move(bound);
    model.fingerprint = Md5Hex(model.fingerprint + model.sql);
  }
  for (Macro& macro : package.macros) {
    FIRN_ASSIGN(macro.sql, Bind(macro.sql, macro.file, values));
  }
  return Ok();
}

Status OrderModels(std::vector<Model>& models) {
  return Ordering(models).Run();
}

Result<Package> ReadPackage(std::span<const EmbeddedFile> files, PackageParts parts) {
  const bool names_alone = parts == PackageParts::kNames;
  Package package;
  for (const EmbeddedFile& file : files) {
    if (!names_alone || MayDefineName(file)) FIRN_TRY(ReadFile(file, package));
  }
  if (names_alone) {
    std::erase_if(package.models,
                  [](const Model& model) { return model.kind != ModelKind::kView; });
  }
  if (package.name.empty()) return InvalidArgument("a package needs a package.yaml");
  FIRN_TRY(LinkModels(package));
  FIRN_TRY(CheckMacros(package));
  FIRN_TRY(OrderModels(package.models));
  return package;
}

}  // namespace firn::pipeline
