// SPDX-License-Identifier: Apache-2.0
//
// Where implementations of the format went wrong with data files, one test or more per trap. The
// others are in table/traps_test.cc.

#include "firn/datafile/literal_array.h"
#include "firn/datafile/types_testing.h"

namespace firn::datafile {
namespace {

using table::FieldId;
using table::Literal;
using table::NestedField;
using table::Type;

ArrayPtr Ints(const std::vector<std::optional<int32_t>>& values) {
  return ArrayOf<arrow::Int32Builder, int32_t>(values);
}

// A file of the columns `names`, without field ids, as other programs write.
table::DataFile WithoutIds(io::FileIO& files, const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, ArrayPtr>> columns;
  for (const std::string& name : names)
    columns.emplace_back(name, Ints({static_cast<int32_t>(columns.size())}));
  const BatchPtr rows = BatchOf(columns);
  const FileSettings settings{{}, rows->schema(), {}, {}};
  DataFileWriter writer(settings, files, "file:///lake/foreign.parquet");
  EXPECT_THAT(writer.Add(rows), IsOk());
  auto file = writer.Finish();
  EXPECT_THAT(file, IsOk());
  EXPECT_THAT(writer.TakeFile()->Close(), IsOk());
  return *file;
}

NestedField WithDefault(NestedField field, Literal value) {
  field.initial_default = value;
  field.write_default = std::move(value);
  return field;
}

std::string ValueOf(const Result<BatchPtr>& rows, int column = 0) {
  if (!rows) return rows.error().ToString();
  return (*rows)->column(column)->GetScalar(0).ValueOrDie()->ToString();
}

class Trap20ColumnProjection : public ::testing::Test {
 protected:
  Trap20ColumnProjection() : world_(SchemaOf({})) {}

  Result<BatchPtr> Read(const NestedField& field, ReadOptions options) {
    return world_.Read(file_, SchemaOf({field}), std::move(options));
  }
  static std::shared_ptr<const NameMapping> Mapping(std::string_view json) {
    return std::make_shared<const NameMapping>(*ParseNameMapping(json));
  }

  FileWorld world_;
  table::DataFile file_ = WithoutIds(world_.files, {"a", "b.c", "d"});
};

TEST_F(Trap20ColumnProjection, TakesThePartitionsValueBeforeANames) {
  ReadOptions options;
  options.name_mapping = Mapping(R"([{"field-id":1,"names":["d"]}])");
  EXPECT_EQ(ValueOf(Read(NestedField::Optional(1, "x", Type::Int()), options)), "2");
  options.spec = table::PartitionSpec{
      table::SpecId(0), {{FieldId(1), FieldId(1000), "x", table::Transform::Identity()}}};
  file_.partition = {Literal::Int(77)};
  EXPECT_EQ(ValueOf(Read(NestedField::Optional(1, "x", Type::Int()), options)), "77");
}

TEST_F(Trap20ColumnProjection, TakesANamesValueBeforeTheInitialDefault) {
  ReadOptions options;
  options.name_mapping = Mapping(R"([{"field-id":1,"names":["old", "a"]}])");
  const auto field = WithDefault(NestedField::Optional(1, "x", Type::Int()), Literal::Int(5));
  EXPECT_EQ(ValueOf(Read(field, options)), "0");
  options.name_mapping = Mapping(R"([{"field-id":1,"names":[]}])");
  EXPECT_EQ(ValueOf(Read(field, options)), "5");
}

TEST_F(Trap20ColumnProjection, EndsWithNull) {
  ReadOptions options;
  options.name_mapping = Mapping("[]");
  EXPECT_EQ(ValueOf(Read(NestedField::Optional(1, "a", Type::Int()), options)), "null");
}

TEST_F(Trap20ColumnProjection, TakesDotsInNamesLiterally) {
  ReadOptions options;
  options.name_mapping = Mapping(R"([{"field-id":1,"names":["b.c"]}])");
  EXPECT_EQ(ValueOf(Read(NestedField::Optional(1, "x", Type::Int()), options)), "1");
}

TEST_F(Trap20ColumnProjection, ReadsANameThatCameBackUnderItsNewId) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "n", Type::Int())}));
  const auto file = world.Write(BatchOf({{"n", Ints({3})}}));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ValueOf(world.Read(*file, SchemaOf({NestedField::Optional(2, "n", Type::Int())}))),
            "null");
}

TEST_F(Trap20ColumnProjection, RefusesAMappingThatGivesOneNameTwice) {
  EXPECT_THAT(ParseNameMapping(R"([{"field-id":1,"names":["a"]},{"field-id":2,"names":["a"]}])"),
              IsError(ErrorKind::kCorrupt));
}

Type PointType() {
  return Type::Struct({WithDefault(NestedField::Optional(2, "x", Type::Int()), Literal::Int(3)),
                       WithDefault(NestedField::Optional(3, "y", Type::Int()), Literal::Int(4))});
}

class Trap21Defaults : public ::testing::Test {
 protected:
  static NestedField Other() { return NestedField::Optional(9, "other", Type::Int()); }

  // Reads a column that is younger than the file.
  static Result<BatchPtr> ReadYounger(const NestedField& field) {
    FileWorld world(SchemaOf({Other()}));
    FIRN_ASSIGN(const auto file, world.Write(BatchOf({{"other", Ints({1})}})));
    return world.Read(file, SchemaOf({field}));
  }
};

TEST_F(Trap21Defaults, AreReadFromFilesOlderThanTheColumn) {
  EXPECT_EQ(ValueOf(ReadYounger(
                WithDefault(NestedField::Required(1, "n", Type::Long()), Literal::Long(7)))),
            "7");
  EXPECT_THAT(ReadYounger(NestedField::Required(1, "n", Type::Long())),
              IsError(ErrorKind::kCorrupt));
}

TEST_F(Trap21Defaults, OfAStructAreMadeOfThoseOfItsFields) {
  NestedField point = NestedField::Optional(1, "p", PointType());
  EXPECT_EQ(ValueOf(ReadYounger(point)), "null");
  point.initial_default = Literal::StructOfDefaults();
  EXPECT_EQ(ValueOf(ReadYounger(point)), "{x:int32 = 3, y:int32 = 4}");
}

TEST_F(Trap21Defaults, FillAFieldThatAnOldStructLacks) {
  const auto old = Type::Struct({NestedField::Optional(2, "x", Type::Int())});
  FileWorld world(SchemaOf({NestedField::Optional(1, "p", old)}));
  const auto inner = std::make_shared<arrow::StructArray>(
      arrow::struct_({arrow::field("x", arrow::int32())}), 1, arrow::ArrayVector{Ints({8})});
  const auto file = world.Write(BatchOf({{"p", inner}}));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ValueOf(world.Read(*file, SchemaOf({NestedField::Optional(1, "p", PointType())}))),
            "{x:int32 = 8, y:int32 = 4}");
}

TEST_F(Trap21Defaults, AreWrittenWhereTheWriterGivesNoValue) {
  NestedField n = WithDefault(NestedField::Required(1, "n", Type::Int()), Literal::Int(5));
  n.write_default = Literal::Int(6);
  NestedField p = NestedField::Optional(
      4, "p",
      Type::Struct({WithDefault(NestedField::Optional(5, "x", Type::Int()), Literal::Int(3))}));
  p.write_default = Literal::StructOfDefaults();
  FileWorld world(SchemaOf({n, Other(), p}));
  const auto file = world.Write(BatchOf({{"other", Ints({1, std::nullopt})}}));
  ASSERT_THAT(file, IsOk());
  const auto rows = world.Read(*file, world.metadata.schema());
  EXPECT_EQ(ValueOf(rows, 0), "6");
  EXPECT_EQ(ValueOf(rows, 2), "{x:int32 = 3}");
  // A null that is given stays one.
  EXPECT_EQ((*rows)->column(1)->null_count(), 1);
}

TEST_F(Trap21Defaults, AreNeededWhereARequiredColumnGetsNoValue) {
  FileWorld world(SchemaOf({NestedField::Required(1, "n", Type::Int()), Other()}));
  EXPECT_THAT(world.Write(BatchOf({{"other", Ints({1})}})), IsError(ErrorKind::kInvalidArgument));
}

// The Parquet type of each column, by path.
std::map<std::string, std::string> LeavesOf(FileWorld& world, const table::DataFile& file) {
  std::map<std::string, std::string> leaves;
  const auto footer = world.Footer(file);
  for (int i = 0; i < footer->num_columns(); ++i) {
    const auto& leaf = *footer->schema()->Column(i);
    leaves[leaf.path()->ToDotString()] = parquet::TypeToString(leaf.physical_type()) + " " +
                                         std::to_string(leaf.type_length()) + " " +
                                         leaf.logical_type()->ToString() + " id " +
                                         std::to_string(leaf.schema_node()->field_id());
  }
  return leaves;
}

TEST(Trap23ParquetTypes, AreThoseOfTheSpec) {
  FileWorld world(SchemaOf({
      NestedField::Optional(1, "ts", Type::Timestamp()),
      NestedField::Optional(2, "tz", Type::TimestampTz()),
      NestedField::Optional(3, "ns", Type::TimestampNs()),
      NestedField::Optional(4, "u", Type::Uuid()),
      NestedField::Optional(5, "f", Type::Fixed(7)),
      NestedField::Optional(6, "d9", Type::Decimal(9, 2)),
      NestedField::Optional(7, "d18", Type::Decimal(18, 2)),
      NestedField::Optional(8, "d38", Type::Decimal(38, 2)),
      NestedField::Optional(9, "l", Type::List(NestedField::Optional(10, "", Type::Int()))),
      NestedField::Optional(11, "m",
                            Type::Map(NestedField::Required(12, "", Type::String()),
                                      NestedField::Optional(13, "", Type::Long()))),
      NestedField::Optional(14, "time", Type::Time()),
  }));
  const auto file = world.Write(BatchOf({{"ts", std::make_shared<arrow::NullArray>(1)}}));
  ASSERT_THAT(file, IsOk());
  const auto leaves = LeavesOf(world, *file);
  const auto has = [&](const std::string& path, const std::string& part) {
    EXPECT_NE(leaves.at(path).find(part), std::string::npos) << path << ": " << leaves.at(path);
  };
  has("ts", "isAdjustedToUTC=false, timeUnit=microseconds");
  has("tz", "isAdjustedToUTC=true, timeUnit=microseconds");
  has("ns", "isAdjustedToUTC=false, timeUnit=nanoseconds");
  has("time", "isAdjustedToUTC=false, timeUnit=microseconds");
  has("u", "FIXED_LEN_BYTE_ARRAY 16 UUID");
  has("f", "FIXED_LEN_BYTE_ARRAY 7");
  has("d9", "INT32");
  has("d18", "INT64");
  has("d38", "FIXED_LEN_BYTE_ARRAY 16");
  has("l.list.element", "id 10");
  has("m.key_value.key", "id 12");
  has("m.key_value.value", "id 13");
}

TEST(Trap15PromotedDates, AreReadAsTimestampsAndFailOutOfRange) {
  FileWorld world(SchemaOf({NestedField::Optional(1, "d", Type::Date())}));
  const auto file =
      world.Write(BatchOf({{"d", ArrayOf<arrow::Date32Builder, int32_t>({-1, std::nullopt})}}));
  ASSERT_THAT(file, IsOk());
  for (const Type& type : {Type::Timestamp(), Type::TimestampNs()}) {
    const auto rows = world.Read(*file, SchemaOf({NestedField::Optional(1, "d", type)}));
    ASSERT_THAT(rows, IsOk());
    EXPECT_THAT(LiteralAt(*(*rows)->column(0), 0, type),
                HasValue(std::optional(*Literal::Date(-1).CastTo(type))));
    EXPECT_TRUE((*rows)->column(0)->IsNull(1));
  }
  EXPECT_FALSE(world.Read(*file, SchemaOf({NestedField::Optional(1, "d", Type::TimestampTz())}))
                   .has_value());
  const auto far =
      world.Write(BatchOf({{"d", ArrayOf<arrow::Date32Builder, int32_t>({2'000'000})}}));
  ASSERT_THAT(far, IsOk());
  EXPECT_FALSE(
      world.Read(*far, SchemaOf({NestedField::Optional(1, "d", Type::TimestampNs())})).has_value());
}

}  // namespace
}  // namespace firn::datafile
