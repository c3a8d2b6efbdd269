// SPDX-License-Identifier: Apache-2.0
//
// Where implementations of the format went wrong, one test or more per trap. Those that need data
// files are in datafile/traps_test.cc.

#include <cmath>
#include <limits>

#include "firn/avro/encoder.h"
#include "firn/avro/schema.h"
#include "firn/base/compression.h"
#include "firn/base/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/metadata_json.h"
#include "firn/table/partition_avro.h"
#include "firn/table/partition_spec_update.h"
#include "firn/table/schema_json.h"
#include "firn/table/schema_update.h"
#include "firn/table/update.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    char two[4];
    std::snprintf(two, sizeof(two), "%02x", static_cast<unsigned char>(byte));
    text += two;
  }
  return text;
}

int32_t HashOf(const Literal& literal) {
  return BucketHash(literal).value();
}

std::optional<Literal> Apply(const Transform& transform, const Literal& value) {
  return transform.Apply(value).value();
}

Schema OneColumn(const Type& type) {
  return *Schema::Make(SchemaId(0), {NestedField::Optional(1, "c", type)});
}

TEST(Trap14Decimals, AreMinimalBigEndianTwosComplementInBoundsAndHashes) {
  EXPECT_EQ(Hex(Literal::Decimal(-128, 9, 2).ToBytes()), "80");
  EXPECT_EQ(Hex(Literal::Decimal(127, 9, 2).ToBytes()), "7f");
  EXPECT_EQ(Hex(Literal::Decimal(128, 9, 2).ToBytes()), "0080");
  EXPECT_EQ(Hex(Literal::Decimal(-129, 9, 2).ToBytes()), "ff7f");
  EXPECT_EQ(Hex(Literal::Decimal(0, 9, 2).ToBytes()), "00");
  EXPECT_EQ(Hex(Literal::Decimal(-1, 9, 2).ToBytes()), "ff");
  EXPECT_EQ(HashOf(Literal::Decimal(1420, 9, 2)), -500754589);
  EXPECT_EQ(HashOf(Literal::Decimal(1420, 38, 10)), -500754589);
}

TEST(Trap14Decimals, OfNegativePowersOfTwoTakeNoByteTooMany) {
  for (int bits = 8; bits < 128; bits += 8) {
    const Int128 power = -(static_cast<Int128>(1) << (bits - 1));
    const std::string bytes = DecimalToBytes(power);
    EXPECT_EQ(bytes.size(), static_cast<size_t>(bits / 8)) << bits;
    EXPECT_EQ(*DecimalFromBytes(bytes), power) << bits;
  }
}

TEST(Trap14Decimals, AreFixedOfTheFewestBytesInManifests) {
  EXPECT_EQ(DecimalBytesRequired(9), 4);
  EXPECT_EQ(DecimalBytesRequired(10), 5);
  EXPECT_EQ(DecimalBytesRequired(18), 8);
  EXPECT_EQ(DecimalBytesRequired(19), 9);
  EXPECT_EQ(DecimalBytesRequired(38), 16);
}

TEST(Trap15PromotedBounds, AreReadAsTheTypeTheyWereWrittenUnder) {
  EXPECT_EQ(*Literal::FromBytes(Type::Long(), Literal::Int(-7).ToBytes()), Literal::Long(-7));
  EXPECT_EQ(*Literal::FromBytes(Type::Double(), Literal::Float(1.5F).ToBytes()),
            Literal::Double(1.5));
  EXPECT_EQ(*Literal::FromBytes(Type::Timestamp(), Literal::Date(-1).ToBytes()),
            Literal::Timestamp(-86'400'000'000));
  EXPECT_EQ(*Literal::FromBytes(Type::TimestampNs(), Literal::Date(2).ToBytes()),
            Literal::TimestampNs(172'800'000'000'000));
  EXPECT_EQ(*Literal::FromBytes(Type::Decimal(20, 2), Literal::Decimal(-5, 4, 2).ToBytes()),
            Literal::Decimal(-5, 20, 2));
}

TEST(Trap15PromotedBounds, OutOfTheNewTypesRangeAreAnError) {
  EXPECT_THAT(Literal::FromBytes(Type::TimestampNs(), Literal::Date(INT32_MAX).ToBytes()),
              IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(Literal::Date(INT32_MAX).CastTo(Type::TimestampNs()),
              IsError(ErrorKind::kResourceExhausted));
}

TEST(Trap15PromotedDates, KeepTheirColumnFromPartitionsThatWouldChange) {
  const Schema before = OneColumn(Type::Date());
  const Schema after = OneColumn(Type::Timestamp());
  const auto check = [&](const Transform& transform) {
    return CheckPartitionsKeepValues({{SpecId(0), {{FieldId(1), FieldId(1000), "p", transform}}}},
                                     before, after);
  };
  EXPECT_THAT(check(Transform::Identity()), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(check(Transform::Bucket(4)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(check(Transform::Unknown("zorder")), IsError(ErrorKind::kInvalidArgument));
  for (const Transform& kept :
       {Transform::Year(), Transform::Month(), Transform::Day(), Transform::Void()}) {
    EXPECT_THAT(check(kept), IsOk());
    const auto as_date = Apply(kept, Literal::Date(-400));
    EXPECT_EQ(as_date, Apply(kept, *Literal::Date(-400).CastTo(Type::Timestamp())));
    EXPECT_EQ(as_date, Apply(kept, *Literal::Date(-400).CastTo(Type::TimestampNs())));
  }
}

TEST(Trap16BucketHash, IsTheSameForIntAndLongAndForMicrosAndNanos) {
  EXPECT_EQ(HashOf(Literal::Int(34)), 2017239379);
  EXPECT_EQ(HashOf(Literal::Long(34)), 2017239379);
  constexpr int64_t kMicros = 1'510'871'468'000'001;  // 2017-11-16T22:31:08.000001
  EXPECT_EQ(HashOf(Literal::Timestamp(kMicros)), -1207196810);
  EXPECT_EQ(HashOf(Literal::TimestampNs(kMicros * 1000 + 1)), -1207196810);
  EXPECT_EQ(HashOf(Literal::TimestampTzNs(kMicros * 1000 + 999)), -1207196810);
  // Floored, also before 1970.
  EXPECT_EQ(HashOf(Literal::TimestampNs(-1)), HashOf(Literal::Timestamp(-1)));
}

TEST(Trap16BucketHash, FollowsTheVectorsOfTheSpec) {
  EXPECT_EQ(HashOf(Literal::Date(17486)), -653330422);
  EXPECT_EQ(HashOf(Literal::Time(81'068'000'000)), -662762989);
  EXPECT_EQ(HashOf(Literal::String("iceberg")), 1210000089);
  EXPECT_EQ(HashOf(Literal::Uuid(*Uuid::Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7"))),
            1488055340);
  EXPECT_EQ(HashOf(Literal::Fixed(std::string("\0\1\2\3", 4))), -188683207);
  EXPECT_EQ(HashOf(Literal::Binary(std::string("\0\1\2\3", 4))), -188683207);
  EXPECT_EQ(HashOf(Literal::Boolean(true)), 1392991556);
}

TEST(Trap16BucketHash, KnowsOneNanAndOneZeroThoughNoBucketTakesThem) {
  EXPECT_EQ(HashOf(Literal::Float(1.0F)), -142385009);
  EXPECT_EQ(HashOf(Literal::Double(-0.0)), 1669671676);
  EXPECT_EQ(HashOf(Literal::Double(std::nan("7"))), HashOf(Literal::Double(-std::nan("1"))));
  EXPECT_FALSE(Transform::Bucket(4).CanTransform(Type::Double()));
  EXPECT_FALSE(Transform::Bucket(4).CanTransform(Type::Boolean()));
}

TEST(Trap16BucketHash, DropsTheSignBitBeforeTheRemainder) {
  for (const char* text : {"a", "b", "c", "iceberg", "\xF0\x9F\xA7\x8A"}) {
    const int32_t bucket = Apply(Transform::Bucket(7), Literal::String(text))->int32();
    EXPECT_EQ(bucket, (HashOf(Literal::String(text)) & INT32_MAX) % 7) << text;
  }
}

TEST(Trap17Times, AreFlooredBefore1970) {
  const Literal last_micro = Literal::Timestamp(-1);
  EXPECT_EQ(Apply(Transform::Year(), last_micro), Literal::Int(-1));
  EXPECT_EQ(Apply(Transform::Month(), last_micro), Literal::Int(-1));
  EXPECT_EQ(Apply(Transform::Day(), last_micro), Literal::Date(-1));
  EXPECT_EQ(Apply(Transform::Hour(), last_micro), Literal::Int(-1));
  EXPECT_EQ(Apply(Transform::Hour(), Literal::TimestampNs(-1)), Literal::Int(-1));
  EXPECT_EQ(Apply(Transform::Month(), Literal::Date(-32)), Literal::Int(-2));
  EXPECT_EQ(Apply(Transform::Year(), Literal::Date(-365)), Literal::Int(-1));
  EXPECT_EQ(Apply(Transform::Year(), Literal::Date(-366)), Literal::Int(-2));
}

TEST(Trap17Times, DaysAreDatesInManifestsAndReadAsIntsToo) {
  EXPECT_EQ(Transform::Day().ResultType(Type::Timestamp()), Type::Date());
  const PartitionSpec spec{SpecId(0), {{FieldId(1), FieldId(1000), "d", Transform::Day()}}};
  const auto schema = avro::ParseSchema(
      R"({"type":"record","name":"r102","fields":[
          {"name":"d","type":["null","int"],"field-id":1000}]})");
  ASSERT_THAT(schema, IsOk());
  std::string bytes;
  avro::AppendLong(bytes, 1);
  avro::AppendLong(bytes, -3);
  avro::Decoder decoder(bytes);
  EXPECT_THAT(DecodePartition(spec, **schema, decoder),
              HasValue(ElementsAre(std::optional(Literal::Date(-3)))));
}

TEST(Trap18Truncate, LeavesPositiveRemainders) {
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Int(1)), Literal::Int(0));
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Int(-1)), Literal::Int(-10));
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Long(-10)), Literal::Long(-10));
  EXPECT_EQ(Apply(Transform::Truncate(50), Literal::Decimal(1065, 9, 2)),
            Literal::Decimal(1050, 9, 2));
  EXPECT_EQ(Apply(Transform::Truncate(50), Literal::Decimal(-1, 9, 2)),
            Literal::Decimal(-50, 9, 2));
}

TEST(Trap18Truncate, StaysAtTheSmallestValueInsteadOfWrappingAround) {
  constexpr int32_t kInt = std::numeric_limits<int32_t>::min();
  constexpr int64_t kLong = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Int(kInt)), Literal::Int(kInt));
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Int(kInt + 3)), Literal::Int(kInt));
  EXPECT_EQ(Apply(Transform::Truncate(10), Literal::Long(kLong)), Literal::Long(kLong));
  EXPECT_EQ(Apply(Transform::Truncate(INT32_MAX), Literal::Long(kLong + 1)), Literal::Long(kLong));
}

TEST(Trap18Truncate, CutsTextByCodePointsAndBinaryByBytes) {
  EXPECT_EQ(Apply(Transform::Truncate(2), Literal::String("\U0001F9CAé1")),
            Literal::String("\U0001F9CAé"));
  EXPECT_EQ(Apply(Transform::Truncate(3), Literal::Binary("\xF0\x9F\xA7\x8A")),
            Literal::Binary("\xF0\x9F\xA7"));
}

class Trap19PartitionEvolution : public ::testing::Test {
 protected:
  Schema schema_ = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "a", Type::Int()),
                                               NestedField::Optional(2, "t", Type::Timestamp())});
  std::vector<PartitionSpec> specs_ = {{SpecId(0),
                                        {{FieldId(1), FieldId(1000), "a", Transform::Identity()},
                                         {FieldId(2), FieldId(1001), "t_day", Transform::Day()}}}};

  Result<PartitionSpec> Evolve(const SpecChange& change, int format_version = 2) {
    return EvolvePartitionSpec(specs_.back(), change, schema_,
                               {specs_, FieldId(1001), format_version});
  }
};

TEST_F(Trap19PartitionEvolution, DropsAFieldInVersion2) {
  const auto spec = Evolve({{}, {"a"}, {}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->ToString(), "[1001: t_day: day(2)]");
}

TEST_F(Trap19PartitionEvolution, TurnsADroppedFieldVoidInVersion1) {
  const auto spec = Evolve({{}, {"a"}, {}}, 1);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->ToString(), "[1000: a: void(1), 1001: t_day: day(2)]");
  specs_.push_back(*spec);
  EXPECT_THAT(Evolve({{}, {"a"}, {}}, 1), IsError(ErrorKind::kNotFound));
  // The name is free for a new field, whose id is new as well.
  const auto again = Evolve({{{"a", Transform::Identity(), ""}}, {}, {}}, 1);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->ToString(),
            "[1000: a_1000: void(1), 1001: t_day: day(2), 1002: a: identity(1)]");
}

TEST_F(Trap19PartitionEvolution, GivesAnEqualFieldTheIdItHadAndOthersNewOnes) {
  specs_.push_back(*Evolve({{}, {"a", "t_day"}, {}}));
  const auto spec = Evolve({{{"t", Transform::Day(), "when"},
                             {"a", Transform::Bucket(8), ""},
                             {"a", Transform::Truncate(10), ""}},
                            {},
                            {}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->ToString(),
            "[1001: when: day(2), 1002: a_bucket_8: bucket[8](1), 1003: a_trunc_10: "
            "truncate[10](1)]");
}

TEST_F(Trap19PartitionEvolution, RenamesWithoutANewId) {
  const auto spec = Evolve({{}, {}, {{"t_day", "day"}}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->fields[1].name, "day");
  EXPECT_EQ(spec->fields[1].field_id, FieldId(1001));
  EXPECT_THAT(Evolve({{}, {}, {{"t_day", "a"}}}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Evolve({{}, {}, {{"nothing", "b"}}}), IsError(ErrorKind::kNotFound));
}

TEST_F(Trap19PartitionEvolution, RefusesWhatIsThereOrTellsNothing) {
  EXPECT_THAT(Evolve({{{"a", Transform::Identity(), "b"}}, {}, {}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Evolve({{{"t", Transform::Month(), ""}}, {}, {}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Evolve({{{"t", Transform::Month(), ""}}, {"t_day"}, {}}), IsOk());
  EXPECT_THAT(Evolve({{{"nothing", Transform::Identity(), ""}}, {}, {}}),
              IsError(ErrorKind::kNotFound));
}

TEST_F(Trap19PartitionEvolution, MakesNoEquivalentSpecTwice) {
  FixedEnv env;
  NewTable table{schema_, specs_.back(), {}, "file:///t", {}};
  TableMetadata metadata = *NewTableMetadata(table, env);
  const std::vector<TableUpdate> drop = {AddSpec{{SpecId(0), {}}}, SetDefaultSpec{}};
  metadata = *ApplyUpdates(metadata, drop, TimeMs{1});
  const std::vector<TableUpdate> back = {AddSpec{metadata.partition_specs.front()},
                                         SetDefaultSpec{}};
  metadata = *ApplyUpdates(metadata, back, TimeMs{2});
  EXPECT_EQ(metadata.partition_specs.size(), 2u);
  EXPECT_EQ(metadata.default_spec_id, SpecId(0));
}

TEST_F(Trap19PartitionEvolution, KeepsUnknownTransformsAndComparesThem) {
  const auto parse = [](const std::string& field) {
    const auto json = Json::Parse(R"({"spec-id":1,"fields":[)" + field + "]}");
    return PartitionSpecFromJson(*json);
  };
  const std::string one =
      R"({"name":"z","transform":"zorder[3]","source-ids":[1,2],"field-id":1002,"x":true})";
  const auto spec = parse(one);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->fields[0].transform.kind(), Transform::Kind::kUnknown);
  EXPECT_EQ(spec->fields[0].other_source_ids, std::vector<FieldId>{FieldId(2)});
  EXPECT_EQ(PartitionSpecToJson(*spec).Dump(), R"({"spec-id":1,"fields":[)" + one + "]}");
  EXPECT_TRUE(spec->IsCompatibleWith(*parse(one)));
  std::string other = one;
  other.replace(other.find("[1,2]"), 5, "[1,1]");
  EXPECT_FALSE(spec->IsCompatibleWith(*parse(other)));
  // A known name over several columns means something that is not known.
  std::string bucket = one;
  bucket.replace(bucket.find("zorder[3]"), 9, "bucket[3]");
  EXPECT_EQ(parse(bucket)->fields[0].transform.kind(), Transform::Kind::kUnknown);
  EXPECT_NE(parse(bucket)->fields[0].transform, Transform::Bucket(3));
}

TEST_F(Trap19PartitionEvolution, LetsTheColumnOfAVoidFieldGo) {
  const auto without = SchemaUpdate(schema_, FieldId(2), 1).Drop("a").Apply();
  ASSERT_THAT(without, IsOk());
  EXPECT_THAT(CheckPartitionSpec(specs_[0], *without), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(CheckPartitionSpec(*Evolve({{}, {"a"}, {}}, 1), *without), IsOk());
}

class Trap21Defaults : public ::testing::Test {
 protected:
  static SchemaUpdate Update(int format_version = 3) {
    return {OneColumn(Type::Int()), FieldId(1), format_version};
  }
  static NestedField WithDefault(Type type, const std::optional<Literal>& value,
                                 bool required = false) {
    NestedField field = NestedField::Optional(0, "n", std::move(type));
    field.required = required;
    field.initial_default = value;
    return field;
  }
};

TEST_F(Trap21Defaults, FixTheInitialOneAndLetTheWriteDefaultChange) {
  const auto schema =
      Update().AddField("", WithDefault(Type::Int(), Literal::Int(5), true)).Apply();
  ASSERT_THAT(schema, IsOk());
  const NestedField& added = *schema->FindByName("n");
  EXPECT_EQ(added.initial_default, Literal::Int(5));
  EXPECT_EQ(added.write_default, Literal::Int(5));
  const auto later = SchemaUpdate(*schema, FieldId(2), 3)
                         .UpdateWriteDefault("n", Literal::Int(6))
                         .UpdateType("n", Type::Long())
                         .Apply();
  ASSERT_THAT(later, IsOk());
  EXPECT_EQ(later->FindByName("n")->initial_default, Literal::Long(5));
  EXPECT_EQ(later->FindByName("n")->write_default, Literal::Long(6));
}

TEST_F(Trap21Defaults, NeedVersion3AndTheColumnsType) {
  const auto add = [](int version, Type type, const Literal& value) {
    return Update(version).AddField("", WithDefault(std::move(type), value)).Apply();
  };
  EXPECT_THAT(add(3, Type::Int(), Literal::Int(5)), IsOk());
  EXPECT_THAT(add(2, Type::Int(), Literal::Int(5)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(add(3, Type::Int(), Literal::Long(5)), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Update().UpdateWriteDefault("c", Literal::String("x")).Apply(),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Update().AddField("", WithDefault(Type::Int(), {}, true)).Apply(),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_F(Trap21Defaults, OfAStructAreNullOrEmpty) {
  const Type point = Type::Struct({NestedField::Optional(1, "x", Type::Int())});
  const auto schema =
      Update().AddField("", WithDefault(point, Literal::StructOfDefaults())).Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_THAT(Update().AddField("", WithDefault(point, Literal::Int(1))).Apply(),
              IsError(ErrorKind::kInvalidArgument));
  const auto json = Json::Parse(R"({"type":"struct","schema-id":0,"fields":[
      {"id":1,"name":"p","required":false,"initial-default":{"x":1},
       "type":{"type":"struct","fields":[]}}]})");
  EXPECT_THAT(SchemaFromJson(*json), IsError(ErrorKind::kCorrupt));
}

TEST_F(Trap21Defaults, OfVariantGeoAndUnknownAreNull) {
  for (const Type& type : {Type::Variant(), Type::Unknown(), Type::Geometry(), Type::Geography()}) {
    EXPECT_THAT(Update().AddField("", WithDefault(type, Literal::Int(1))).Apply(),
                IsError(ErrorKind::kInvalidArgument));
    EXPECT_THAT(Update().AddField("", WithDefault(type, {})).Apply(), IsOk());
  }
  EXPECT_THAT(Schema::Make(SchemaId(0), {NestedField::Required(1, "u", Type::Unknown())}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(Trap22Avro, CleansNamesWhileIdsTellFieldsApart) {
  const Type partition = Type::Struct({NestedField::Optional(1000, "1 a/b", Type::Int()),
                                       NestedField::Optional(1001, "é", Type::Timestamp())});
  const std::string schema = PartitionAvroSchema(partition).Dump();
  EXPECT_THAT(schema, HasSubstr(R"("name":"_1_x20a_x2Fb","type":["null","int"])"));
  EXPECT_THAT(schema, HasSubstr(R"("field-id":1000)"));
  EXPECT_THAT(schema, HasSubstr(R"("adjust-to-utc":false)"));
  EXPECT_THAT(avro::ParseSchema(schema), IsOk());
}

TEST(Trap22Avro, TellsZonedTimesFromOthers) {
  const auto type_of = [](const Type& type) {
    return PartitionAvroSchema(Type::Struct({NestedField::Optional(1000, "t", type)})).Dump();
  };
  EXPECT_THAT(type_of(Type::TimestampTz()), HasSubstr(R"("adjust-to-utc":true)"));
  EXPECT_THAT(type_of(Type::TimestampNs()), HasSubstr("timestamp-nanos"));
  EXPECT_THAT(type_of(Type::TimestampTzNs()), HasSubstr(R"("adjust-to-utc":true)"));
}

TEST(Trap22Avro, AllowsAnEmptyPartition) {
  const auto schema = avro::ParseSchema(PartitionAvroSchema(Type::Struct({})).Dump());
  ASSERT_THAT(schema, IsOk());
  avro::Decoder decoder("");
  EXPECT_THAT(DecodePartition(PartitionSpec{}, **schema, decoder), HasValue(ElementsAre()));
}

constexpr std::string_view kVersion1 = R"({"format-version": 1, "location": "file:///t",
  "last-updated-ms": 1602638573590, "last-column-id": 1,
  "schema": {"type": "struct", "fields": [{"id": 1, "name": "x", "required": true,
    "type": "long"}]}, "partition-spec": [], "current-snapshot-id": -1})";

TEST(Trap24MetadataFiles, SayInTheirNameThatTheyAreCompressed) {
  FixedEnv env;
  TableMetadata metadata = *ParseMetadata(kVersion1);
  EXPECT_THAT(MetadataFileName(metadata, 3, env),
              ::testing::MatchesRegex("00003-[0-9a-f-]{36}\\.metadata\\.json"));
  metadata.properties["write.metadata.compression-codec"] = "gzip";
  const std::string name = MetadataFileName(metadata, 3, env);
  EXPECT_THAT(name, ::testing::EndsWith(".gz.metadata.json"));
  EXPECT_EQ(VersionOfMetadataFile("s3://b/t/metadata/" + name), 3);
  // The old way round, and whatever the name: the bytes tell.
  EXPECT_EQ(VersionOfMetadataFile("file:///t/metadata/00004-x.metadata.json.gz"), 4);
  io::MemoryFileIO files;
  ASSERT_THAT(WriteMetadataFile(metadata, files, "file:///t/" + name), IsOk());
  const std::string bytes = files.ReadAll("file:///t/" + name, 1 << 20).value();
  EXPECT_TRUE(IsGzip(bytes));
  EXPECT_EQ(*ParseMetadata(bytes), metadata);
}

TEST(Trap24MetadataFiles, WriteNoSnapshotAsOldReadersKnowIt) {
  TableMetadata metadata = *ParseMetadata(kVersion1);
  EXPECT_EQ(metadata.current_snapshot_id, std::nullopt);
  EXPECT_THAT(WriteMetadata(metadata), HasSubstr(R"("current-snapshot-id":-1)"));
  metadata.format_version = 2;
  EXPECT_THAT(WriteMetadata(metadata), HasSubstr(R"("current-snapshot-id":-1)"));
  metadata.format_version = 3;
  EXPECT_THAT(WriteMetadata(metadata), HasSubstr(R"("current-snapshot-id":null)"));
}

TEST(Trap24MetadataFiles, NeverChangeTheUuidAndGetOneOnUpgrade) {
  const TableMetadata old = *ParseMetadata(kVersion1);
  EXPECT_EQ(old.table_uuid, std::nullopt);
  const std::vector<TableUpdate> upgrade = {UpgradeFormatVersion{3}};
  const auto upgraded = ApplyUpdates(old, upgrade, TimeMs{1});
  ASSERT_THAT(upgraded, IsOk());
  ASSERT_TRUE(upgraded->table_uuid);
  EXPECT_EQ(upgraded->next_row_id, 0);
  EXPECT_EQ(upgraded->table_uuid, ApplyUpdates(old, upgrade, TimeMs{2})->table_uuid);
  EXPECT_EQ(*ParseMetadata(WriteMetadata(*upgraded)), *upgraded);
  const std::vector<TableUpdate> assign = {AssignUuid{Uuid{}}};
  EXPECT_THAT(ApplyUpdates(*upgraded, assign, TimeMs{3}), IsError(ErrorKind::kInvalidArgument));
}

TEST(Trap24MetadataFiles, TravelInTimeByTheLogNotByAncestry) {
  TableMetadata metadata = *ParseMetadata(kVersion1);
  for (const int64_t id : {1, 2}) {
    Snapshot snapshot;
    snapshot.id = SnapshotId(id);
    snapshot.timestamp = TimeMs{id * 10};
    metadata.snapshots.push_back(snapshot);
  }
  metadata.snapshot_log = {
      {TimeMs{10}, SnapshotId(1)}, {TimeMs{20}, SnapshotId(2)}, {TimeMs{30}, SnapshotId(1)}};
  EXPECT_EQ(metadata.SnapshotAsOf(TimeMs{9}), nullptr);
  EXPECT_EQ(metadata.SnapshotAsOf(TimeMs{19})->id, SnapshotId(1));
  EXPECT_EQ(metadata.SnapshotAsOf(TimeMs{29})->id, SnapshotId(2));
  EXPECT_EQ(metadata.SnapshotAsOf(TimeMs{31})->id, SnapshotId(1));
}

}  // namespace
}  // namespace firn::table
