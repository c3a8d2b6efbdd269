// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/geo_type.h"

#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "firn/base/json.h"

namespace firn::datafile {
namespace {

using table::Type;
using table::TypeId;

class Wkb : public arrow::ExtensionType {
 public:
  explicit Wkb(std::string metadata)
      : arrow::ExtensionType(arrow::binary()), metadata_(std::move(metadata)) {}

  std::string extension_name() const override { return std::string(kWkbExtension); }
  std::string Serialize() const override { return metadata_; }
  bool ExtensionEquals(const arrow::ExtensionType& other) const override {
    return other.extension_name() == extension_name() && other.Serialize() == metadata_;
  }
  std::shared_ptr<arrow::Array> MakeArray(std::shared_ptr<arrow::ArrayData> data) const override {
    return std::make_shared<arrow::ExtensionArray>(std::move(data));
  }
  arrow::Result<std::shared_ptr<arrow::DataType>> Deserialize(
      std::shared_ptr<arrow::DataType> /*storage*/, const std::string& metadata) const override {
    return std::make_shared<Wkb>(metadata);
  }

 private:
  std::string metadata_;
};

std::optional<std::string> TextOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || member->as_string() == nullptr) return std::nullopt;
  return *member->as_string();
}

}  // namespace

std::shared_ptr<arrow::DataType> WkbType(const Type& type) {
  Json metadata{Json::Object()};
  if (type.crs() != table::kDefaultCrs) metadata.Set("crs", type.crs());
  if (type.id() == TypeId::kGeography) metadata.Set("edges", ToString(type.edges()));
  return std::make_shared<Wkb>(metadata.Dump());
}

std::optional<Type> GeoTypeOf(std::string_view extension_metadata) {
  const auto json = Json::Parse(extension_metadata.empty() ? "{}" : extension_metadata);
  if (!json) return std::nullopt;
  const Json* crs_json = json->Find("crs");
  const bool has_crs = crs_json != nullptr && !crs_json->is_null();
  const auto crs = TextOf(*json, "crs");
  if (has_crs && !crs) return std::nullopt;  // PROJJSON in place; a table names a property.
  const std::string name = crs.value_or(std::string(table::kDefaultCrs));
  const auto edges = TextOf(*json, "edges");
  if (!edges || *edges == "planar") return Type::Geometry(name);
  auto geography = Type::ParsePrimitive("geography(" + name + ", " + *edges + ")");
  return geography ? std::optional(*std::move(geography)) : std::nullopt;
}

}  // namespace firn::datafile
