// SPDX-License-Identifier: Apache-2.0
//
// The types of version 3 in files: variants (as they are and shredded), geometries and geographies,
// unknown, nanoseconds.

#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/datafile/geo_type.h"
#include "firn/datafile/types_testing.h"
#include "firn/datafile/variant_column.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/table/variant.h"
#include "firn/table/variant_json.h"

namespace firn::datafile {
namespace {

using std::filesystem::path;
using table::FieldId;
using table::NestedField;
using table::Type;
using table::VariantMetadata;
using table::VariantValue;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string Contents(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// A variant with the type of every value, and fields by name: equal texts, equal variants.
Result<std::string> Described(const VariantMetadata& metadata, const VariantValue& value) {
  if (value.is_string()) return "string " + std::string(value.payload());
  if (!value.is_object() && !value.is_array()) {
    return std::to_string(static_cast<int>(value.primitive())) + " " +
           std::to_string(value.scale()) + " " + HexEncode(value.payload());
  }
  std::multiset<std::string> fields;
  std::string text = "[";
  for (size_t at = 0; at < value.size(); ++at) {
    FIRN_ASSIGN(const VariantValue element, value.Element(at));
    FIRN_ASSIGN(const std::string inner, Described(metadata, element));
    if (value.is_array()) {
      text += inner + ",";
    } else {
      FIRN_ASSIGN(const std::string_view name, value.FieldName(at, metadata));
      fields.insert(std::string(name) + ": " + inner);
    }
  }
  for (const std::string& field : fields)
    text += field + ",";
  return text + (value.is_array() ? "]" : "}");
}

Result<std::string> Described(std::string_view metadata, std::string_view value) {
  FIRN_TRY(table::CheckVariant(metadata, value));
  FIRN_ASSIGN(const VariantMetadata names, VariantMetadata::Parse(metadata));
  FIRN_ASSIGN(const VariantValue root, VariantValue::Parse(value));
  return Described(names, root);
}

const arrow::StructArray& VariantsOf(const arrow::Array& column) {
  return static_cast<const arrow::StructArray&>(
      *static_cast<const arrow::ExtensionArray&>(column).storage());
}

std::string PartAt(const arrow::StructArray& variants, int part, int64_t row) {
  return static_cast<const arrow::BinaryArray&>(*variants.field(part)).GetString(row);
}

Result<std::string> VariantAt(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return std::string("absent");
  const auto& variants = VariantsOf(column);
  return Described(PartAt(variants, 0, row), PartAt(variants, 1, row));
}

Result<std::string> VariantIn(const path& file) {
  const std::string bytes = Contents(file);
  FIRN_ASSIGN(const VariantMetadata metadata, VariantMetadata::Parse(bytes));
  return Described(metadata.bytes(), std::string_view(bytes).substr(metadata.bytes().size()));
}

// One case of the shredding tests: a file, and the variant of each row or that it is broken.
struct ShreddedCase {
  std::string file;
  std::vector<std::string> variants;  // "" = a null.
  bool is_broken = false;
};

std::vector<ShreddedCase> CasesOf(const path& folder) {
  std::vector<ShreddedCase> cases;
  const auto json = Json::Parse(Contents(folder / "cases.json"));
  EXPECT_THAT(json, IsOk());
  for (const Json& item : *json->as_array()) {
    const auto file = item.GetString("parquet_file");
    if (!file) continue;
    ShreddedCase one{*file, {}, item.Find("error_message") != nullptr};
    one.is_broken = one.is_broken || file->find("INVALID") != std::string::npos;
    if (const auto single = item.GetString("variant_file")) one.variants.push_back(*single);
    if (const Json* several = item.Find("variant_files"); several != nullptr) {
      for (const Json& name : *several->as_array())
        one.variants.push_back(name.is_null() ? "" : *name.as_string());
    }
    cases.push_back(one);
  }
  return cases;
}

table::Schema ShreddedSchema() {
  return SchemaOf({NestedField::Optional(2, "var", Type::Variant())});
}

void CheckShredded(io::FileIO& files, const path& folder, const ShreddedCase& one) {
  table::DataFile file;
  file.file_path = io::FileLocation((folder / one.file).string());
  const auto rows = FileWorld::ReadFrom(files, file, ShreddedSchema());
  if (one.is_broken) {
    EXPECT_FALSE(rows.has_value());
    return;
  }
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ((*rows)->num_rows(), static_cast<int64_t>(one.variants.size()));
  for (size_t row = 0; row < one.variants.size(); ++row) {
    const auto variant = VariantAt(*(*rows)->column(0), static_cast<int64_t>(row));
    const auto expected = one.variants[row].empty() ? Result<std::string>("absent")
                                                    : VariantIn(folder / one.variants[row]);
    ASSERT_THAT(variant, IsOk());
    EXPECT_EQ(*variant, *expected) << "row " << row;
  }
}

TEST(ShreddedVariants, ArePutTogetherAgainOrRefusedWhereTheyContradictThemselves) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  FixedEnv env;
  io::LocalFileIO files(env);
  const path folder = shared / "golden" / "parquet-testing" / "shredded_variant";
  const auto cases = CasesOf(folder);
  EXPECT_GE(cases.size(), 130u);
  for (const ShreddedCase& one : cases) {
    SCOPED_TRACE(one.file);
    CheckShredded(files, folder, one);
  }
}

TEST(Variants, AreWrittenUnshreddedAndReadBack) {
  FileWorld world(SchemaOf({NestedField::Optional(3, "v", Type::Variant())}));
  const auto file = world.Write(
      BatchOf({{"v", VariantColumn({R"({"a":[1,null,"x"]})", std::nullopt, "null", "12.5"})}}));
  ASSERT_THAT(file, IsOk());
  const auto rows = world.Read(*file, world.metadata.schema());
  ASSERT_THAT(rows, IsOk());
  const auto& variants = VariantsOf(*(*rows)->column(0));
  EXPECT_THAT(table::VariantToJson(PartAt(variants, 0, 0), PartAt(variants, 1, 0)),
              HasValue(std::string(R"({"a":[1,null,"x"]})")));
  EXPECT_TRUE((*rows)->column(0)->IsNull(1));
  EXPECT_TRUE((*rows)->column(0)->IsValid(2));
  const auto footer = world.Footer(*file);
  const auto& group =
      static_cast<const parquet::schema::GroupNode&>(*footer->schema()->group_node()->field(0));
  EXPECT_TRUE(group.logical_type()->is_variant());
  EXPECT_EQ(group.field_id(), 3);
  EXPECT_EQ(group.field(0)->field_id(), -1);
}

TEST(Variants, AreCountedUnderTheIdOfTheirColumn) {
  FileWorld world(SchemaOf({NestedField::Optional(3, "v", Type::Variant())}));
  const auto file = world.Write(BatchOf({{"v", VariantColumn({"1", std::nullopt, "2"})}}));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->value_counts, (std::map<FieldId, int64_t>{{FieldId(3), 3}}));
  EXPECT_EQ(file->null_value_counts, (std::map<FieldId, int64_t>{{FieldId(3), 1}}));
  EXPECT_EQ(file->column_sizes.size(), 1u);
  EXPECT_THAT(file->lower_bounds, IsEmpty());
}

TEST(Variants, AreNullInFilesThatLackThem) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "n", Type::Int()),
                            NestedField::Optional(2, "v", Type::Variant())}));
  const auto batch = BatchOf({{"n", ArrayOf<arrow::Int32Builder, int32_t>({1, 2})}});
  const auto file = world.Write(batch);
  ASSERT_THAT(file, IsOk());
  const auto rows =
      world.Read(*file, SchemaOf({NestedField::Optional(2, "v", Type::Variant()),
                                  NestedField::Optional(9, "later", Type::Variant())}));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->column(0)->null_count(), 2);
  EXPECT_EQ((*rows)->column(1)->null_count(), 2);
}

TEST(Variants, AreRefusedWhereTheColumnHoldsSomethingElse) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "v", Type::Variant())}));
  const auto batch = BatchOf({{"v", ArrayOf<arrow::StringBuilder, std::string>({"x"})}});
  EXPECT_THAT(world.Write(batch), IsError(ErrorKind::kInvalidArgument));
}

// Points, lines and the like in WKB, little-endian.
std::string Wkb(uint32_t type, const std::vector<double>& numbers, bool counted) {
  std::string bytes("\x01", 1);
  AppendLittleEndian(bytes, type);
  const uint32_t dimensions = type > 3000 ? 4 : type > 1000 ? 3 : 2;
  if (counted) AppendLittleEndian(bytes, static_cast<uint32_t>(numbers.size() / dimensions));
  for (const double number : numbers)
    AppendLittleEndian(bytes, number);
  return bytes;
}
std::string Point(double x, double y) {
  return Wkb(1, {x, y}, false);
}
std::string Line(const std::vector<double>& numbers, uint32_t type = 2) {
  return Wkb(type, numbers, true);
}

std::string Doubles(const std::vector<double>& numbers) {
  std::string bytes;
  for (const double number : numbers)
    AppendLittleEndian(bytes, number);
  return bytes;
}

BatchPtr Shapes(const std::vector<std::optional<std::string>>& shapes) {
  return BatchOf({{"g", ArrayOf<arrow::BinaryBuilder, std::string>(shapes)}});
}

table::DataFile WriteShapes(const Type& type,
                            const std::vector<std::optional<std::string>>& shapes) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "g", type)}));
  auto file = world.Write(Shapes(shapes));
  EXPECT_THAT(file, IsOk());
  const auto rows = world.Read(*file, world.metadata.schema());
  EXPECT_THAT(rows, IsOk());
  const auto& column = static_cast<const arrow::ExtensionArray&>(*(*rows)->column(0));
  EXPECT_TRUE(column.storage()->Equals(*Shapes(shapes)->column(0)));
  return *file;
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Geometries, HaveBoxesForBounds) {
  const auto file = WriteShapes(Type::Geometry(), {Point(1, 5), std::nullopt, Line({-2, 7, 3, 6})});
  EXPECT_EQ(file.lower_bounds.at(FieldId(1)), Doubles({-2, 5}));
  EXPECT_EQ(file.upper_bounds.at(FieldId(1)), Doubles({3, 7}));
  EXPECT_EQ(file.null_value_counts.at(FieldId(1)), 1);
}

TEST(Geometries, LeaveNanOutOfTheirBounds) {
  const auto some = WriteShapes(Type::Geometry(), {Point(1, kNan), Point(kNan, 2), Point(3, 4)});
  EXPECT_EQ(some.lower_bounds.at(FieldId(1)), Doubles({1, 2}));
  EXPECT_EQ(some.upper_bounds.at(FieldId(1)), Doubles({3, 4}));
  EXPECT_THAT(WriteShapes(Type::Geometry(), {Point(1, kNan)}).lower_bounds, IsEmpty());
  EXPECT_THAT(WriteShapes(Type::Geometry(), {std::nullopt}).lower_bounds, IsEmpty());
}

TEST(Geometries, GiveHeightsAndMeasuresAPlaceInTheirBounds) {
  const auto xyz = WriteShapes(Type::Geometry(), {Line({1, 2, 3, 4, 5, 6}, 1002)});
  EXPECT_EQ(xyz.lower_bounds.at(FieldId(1)), Doubles({1, 2, 3}));
  const auto xym = WriteShapes(Type::Geometry(), {Line({1, 2, 3, 4, 5, 6}, 2002)});
  const std::string upper = xym.upper_bounds.at(FieldId(1));
  ASSERT_EQ(upper.size(), 32u);
  EXPECT_EQ(upper.substr(0, 16) + upper.substr(24), Doubles({4, 5, 6}));
  const auto xyzm = WriteShapes(Type::Geometry(), {Line({1, 2, 3, 4, 5, 6, 7, 8}, 3002)});
  EXPECT_EQ(xyzm.upper_bounds.at(FieldId(1)), Doubles({5, 6, 7, 8}));
}

TEST(Geometries, OfBrokenBytesHaveNoBounds) {
  EXPECT_THAT(WriteShapes(Type::Geometry(), {Point(1, 2), "not WKB"}).lower_bounds, IsEmpty());
  EXPECT_THAT(WriteShapes(Type::Geometry(), {Point(1, 2).substr(0, 12)}).lower_bounds, IsEmpty());
}

TEST(Geographies, HaveBoundsOnlyWhereTheyArePoints) {
  const auto points = WriteShapes(Type::Geography(), {Point(170, 10), Point(-170, 20)});
  EXPECT_EQ(points.lower_bounds.at(FieldId(1)), Doubles({-170, 10}));
  // Between its ends the edge runs further north than either.
  EXPECT_THAT(WriteShapes(Type::Geography(), {Line({-100, 50, 100, 50})}).lower_bounds, IsEmpty());
}

TEST(Geographies, ThatTheFileFormatCannotNameAreRefusedOnWrite) {
  FileWorld world(SchemaOf({NestedField::Optional(
      1, "g", Type::Geography("srid:4326", table::EdgeAlgorithm::kKarney))}));
  EXPECT_FALSE(world.Write(Shapes({Point(1, 2)})).has_value());
}

TEST(GeoTypes, CarryTheirParametersThroughFilesAndArrow) {
  for (const Type& type :
       {Type::Geometry(), Type::Geometry("srid:3857"), Type::Geometry("projjson:lake_crs"),
        Type::Geography(), Type::Geography("srid:4326")}) {
    FileWorld world(SchemaOf({NestedField::Optional(1, "g", type)}));
    const auto file = world.Write(Shapes({Point(1, 2)}));
    ASSERT_THAT(file, IsOk()) << type.ToString();
    const auto leaf = world.Footer(*file)->schema()->Column(0)->logical_type();
    EXPECT_EQ(leaf->is_geography(), type.id() == table::TypeId::kGeography) << type.ToString();
    EXPECT_EQ(leaf->is_geometry(), type.id() == table::TypeId::kGeometry) << type.ToString();
    if (type.crs() != table::kDefaultCrs) {
      EXPECT_NE(leaf->ToString().find(type.crs()), std::string::npos) << leaf->ToString();
    }
    const auto back = FromArrow(*ToArrow(world.metadata.schema()).value());
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->fields()[0].type, type);
  }
}

TEST(GeoTypes, OfOtherWritersAreRead) {
  FIRN_SKIP_WITHOUT_SHARED_DATA(shared);
  FixedEnv env;
  io::LocalFileIO files(env);
  int seen = 0;
  const path folder = shared / "golden" / "iceberg-go" / "table" / "testdata" / "geo";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".parquet") continue;
    SCOPED_TRACE(entry.path().string());
    const bool sphere = entry.path().filename() == "crs-geography.parquet";
    const auto schema = SchemaOf({sphere ? NestedField::Optional(1, "geography", Type::Geography())
                                         : NestedField::Optional(1, "geometry", Type::Geometry())});
    table::DataFile file;
    file.file_path = io::FileLocation(entry.path().string());
    const auto rows = FileWorld::ReadFrom(files, file, schema);
    ASSERT_THAT(rows, IsOk());
    EXPECT_LT((*rows)->column(0)->null_count(), (*rows)->num_rows());
    FileWorld world(schema);
    EXPECT_THAT(world.Write(*rows), IsOk());
    ++seen;
  }
  EXPECT_EQ(seen, 7);
}

TEST(UnknownColumns, AreNeverWrittenAndReadAsNull) {
  FileWorld world(SchemaOf(
      {NestedField::Optional(1, "n", Type::Int()), NestedField::Optional(2, "u", Type::Unknown()),
       NestedField::Optional(3, "s",
                             Type::Struct({NestedField::Optional(4, "x", Type::Unknown()),
                                           NestedField::Optional(5, "y", Type::Int())}))}));
  const auto numbers = ArrayOf<arrow::Int32Builder, int32_t>({1, 2});
  const auto file =
      world.Write(BatchOf({{"n", numbers}, {"u", std::make_shared<arrow::NullArray>(2)}}));
  ASSERT_THAT(file, IsOk());
  const auto footer = world.Footer(*file);
  ASSERT_EQ(footer->num_columns(), 2);
  EXPECT_EQ(footer->schema()->Column(1)->path()->ToDotString(), "s.y");
  const auto rows = world.Read(*file, world.metadata.schema());
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->column(1)->type_id(), arrow::Type::NA);
  EXPECT_TRUE((*rows)->column(0)->Equals(*numbers));
}

TEST(UnknownColumns, TakeNoValuesUntilTheyAreSomething) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "n", Type::Int()),
                            NestedField::Optional(2, "u", Type::Unknown())}));
  const auto numbers = ArrayOf<arrow::Int32Builder, int32_t>({1});
  EXPECT_THAT(world.Write(BatchOf({{"n", numbers}, {"u", numbers}})),
              IsError(ErrorKind::kInvalidArgument));
  const auto file = world.Write(BatchOf({{"n", numbers}}));
  ASSERT_THAT(file, IsOk());
  const auto rows = world.Read(*file, SchemaOf({NestedField::Optional(2, "u", Type::String())}));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->column(0)->null_count(), 1);
}

TEST(UnknownColumns, AreIgnoredWhereAFileHasThem) {
  FileWorld world(SchemaOf({NestedField::Optional(2, "u", Type::Int())}));
  const auto file = world.Write(BatchOf({{"u", ArrayOf<arrow::Int32Builder, int32_t>({7})}}));
  ASSERT_THAT(file, IsOk());
  const auto rows = world.Read(*file, SchemaOf({NestedField::Optional(2, "u", Type::Unknown())}));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->column(0)->type_id(), arrow::Type::NA);
  EXPECT_EQ((*rows)->num_rows(), 1);
}

TEST(UnknownColumns, AloneInANestedColumnAreRefused) {
  for (const Type& type : {Type::List(NestedField::Optional(2, "", Type::Unknown())),
                           Type::Struct({NestedField::Optional(2, "x", Type::Unknown())})}) {
    FileWorld world(SchemaOf({NestedField::Optional(1, "c", type)}));
    EXPECT_THAT(world.Write(BatchOf({{"c", std::make_shared<arrow::NullArray>(1)}})),
                IsError(ErrorKind::kUnsupported));
  }
}

TEST(Nanoseconds, AreKeptToTheLastDigit) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "t", Type::TimestampNs()),
                            NestedField::Optional(2, "z", Type::TimestampTzNs())}));
  const auto plain = arrow::timestamp(arrow::TimeUnit::NANO);
  const auto zoned = arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
  const std::vector<std::optional<int64_t>> values = {-1, std::nullopt, 1'510'871'468'000'001'001};
  const auto batch =
      BatchOf({{"t", ArrayOf<arrow::TimestampBuilder, int64_t>(
                         values, arrow::TimestampBuilder(plain, arrow::default_memory_pool()))},
               {"z", ArrayOf<arrow::TimestampBuilder, int64_t>(
                         values, arrow::TimestampBuilder(zoned, arrow::default_memory_pool()))}});
  const auto file = world.Write(batch);
  ASSERT_THAT(file, IsOk());
  const auto rows = world.Read(*file, world.metadata.schema());
  ASSERT_THAT(rows, IsOk());
  EXPECT_TRUE((*rows)->column(0)->Equals(*batch->column(0)));
  EXPECT_TRUE((*rows)->column(1)->Equals(*batch->column(1)));
  EXPECT_EQ(file->lower_bounds.at(FieldId(1)), table::Literal::Long(-1).ToBytes());
}

}  // namespace
}  // namespace firn::datafile
