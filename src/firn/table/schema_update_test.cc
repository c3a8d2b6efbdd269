// SPDX-License-Identifier: Apache-2.0

#include "firn/table/schema_update.h"

#include <set>

#include "firn/base/testing.h"
#include "firn/table/schema_json.h"

namespace firn::table {
namespace {

Schema Example() {
  return *Schema::Make(
      SchemaId(0),
      {NestedField::Required(1, "id", Type::Int()),
       NestedField::Optional(2, "name", Type::String()),
       NestedField::Optional(3, "at",
                             Type::Struct({NestedField::Optional(4, "x", Type::Float()),
                                           NestedField::Required(5, "y", Type::Float())})),
       NestedField::Optional(
           6, "tags",
           Type::List(NestedField::Optional(
               7, "", Type::Struct({NestedField::Optional(8, "k", Type::String())})))),
       NestedField::Optional(9, "m",
                             Type::Map(NestedField::Required(10, "", Type::String()),
                                       NestedField::Optional(11, "", Type::Int())))},
      {FieldId(1)});
}

SchemaUpdate Update() {
  return {Example(), FieldId(20), 2};
}

std::vector<std::string> NamesOf(const std::vector<NestedField>& fields) {
  std::vector<std::string> names;
  for (const NestedField& field : fields)
    names.push_back(field.name);
  return names;
}

TEST(SchemaUpdate, AddsColumnsAtAnyDepthWithNewIds) {
  SchemaUpdate update = Update();
  const auto schema =
      update.AddColumn("", "new", Type::Struct({NestedField::Optional(1, "inner", Type::Int())}))
          .AddColumn("at", "z", Type::Double())
          .AddColumn("tags", "v", Type::String(), "the value")
          .Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("new")->id, FieldId(21));
  EXPECT_EQ(schema->FindByName("new.inner")->id, FieldId(22));
  EXPECT_EQ(schema->FindByName("at.z")->id, FieldId(23));
  EXPECT_EQ(schema->FindByName("tags.element.v")->doc, "the value");
  EXPECT_EQ(update.last_column_id(), FieldId(24));
}

TEST(SchemaUpdate, ADroppedNameComesBackUnderANewId) {
  const auto schema = Update().Drop("name").AddColumn("", "name", Type::String()).Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("name")->id, FieldId(21));
  EXPECT_EQ(schema->FindField(FieldId(2)), nullptr);
}

TEST(SchemaUpdate, RenamesWidensAndLoosens) {
  const auto schema = Update()
                          .Rename("at.x", "lon")
                          .UpdateType("id", Type::Long())
                          .UpdateType("at.y", Type::Double())
                          .UpdateType("m.value", Type::Long())
                          .MakeOptional("at.y")
                          .UpdateDoc("name", "who")
                          .Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("at.lon")->id, FieldId(4));
  EXPECT_EQ(schema->FindByName("id")->type, Type::Long());
  EXPECT_FALSE(schema->FindByName("at.y")->required);
  EXPECT_EQ(schema->FindByName("m.value")->type, Type::Long());
  EXPECT_EQ(schema->FindByName("name")->doc, "who");
}

TEST(SchemaUpdate, MovesAmongSiblings) {
  const auto schema = Update()
                          .AddColumn("", "new", Type::Int())
                          .MoveFirst("m")
                          .MoveAfter("new", "id")
                          .MoveBefore("at.y", "at.x")
                          .Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_THAT(NamesOf(schema->fields()),
              testing::ElementsAre("m", "id", "new", "name", "at", "tags"));
  EXPECT_THAT(NamesOf(schema->FindByName("at")->type.fields()), testing::ElementsAre("y", "x"));
}

TEST(SchemaUpdate, AddsWhatAnotherSchemaHasMore) {
  const Schema other = *Schema::Make(
      SchemaId(0),
      {NestedField::Required(100, "id", Type::Long()),
       NestedField::Optional(101, "at",
                             Type::Struct({NestedField::Optional(102, "y", Type::Float()),
                                           NestedField::Optional(103, "z", Type::Int())})),
       NestedField::Optional(104, "extra", Type::Date())});
  const auto schema = Update().UnionByName(other).Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("id")->type, Type::Long());
  EXPECT_FALSE(schema->FindByName("at.y")->required);
  EXPECT_NE(schema->FindByName("at.z"), nullptr);
  EXPECT_NE(schema->FindByName("extra"), nullptr);
}

TEST(SchemaUpdate, RefusesWhatWouldBreakReaders) {
  using Kind = ErrorKind;
  EXPECT_THAT(Update().UpdateType("id", Type::String()).Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().UpdateType("name", Type::Int()).Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().Drop("nothing").Apply(), IsError(Kind::kNotFound));
  EXPECT_THAT(Update().Drop("id").Apply(), IsError(Kind::kInvalidArgument));  // Identifier.
  EXPECT_THAT(Update().Drop("m.key").Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().Rename("name", "id").Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().AddColumn("", "name", Type::Int()).Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().AddColumn("id", "x", Type::Int()).Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().AddRequiredColumn("", "x", Type::Int()).Apply(),
              IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().MakeRequired("name").Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().MakeOptional("id").Apply(), IsError(Kind::kInvalidArgument));
  EXPECT_THAT(Update().MoveAfter("at.x", "id").Apply(), IsError(Kind::kInvalidArgument));
}

// Every pair of types: those of the spec's table may change, no others.
TEST(IsPromotionAllowed, KnowsThePromotionsOfTheSpecAndNoOthers) {
  const std::vector<Type> types = {Type::Boolean(),
                                   Type::Int(),
                                   Type::Long(),
                                   Type::Float(),
                                   Type::Double(),
                                   Type::Decimal(9, 2),
                                   Type::Decimal(12, 2),
                                   Type::Decimal(12, 3),
                                   Type::Date(),
                                   Type::Time(),
                                   Type::Timestamp(),
                                   Type::TimestampTz(),
                                   Type::TimestampNs(),
                                   Type::TimestampTzNs(),
                                   Type::String(),
                                   Type::Uuid(),
                                   Type::Fixed(4),
                                   Type::Fixed(5),
                                   Type::Binary(),
                                   Type::Unknown(),
                                   Type::Variant(),
                                   Type::Geometry(),
                                   Type::Geography(),
                                   Type::Struct({}),
                                   Type::List(NestedField::Optional(1, "", Type::Int()))};
  for (int version = 1; version <= 3; ++version) {
    std::set<std::string> allowed;
    for (const Type& from : types) {
      for (const Type& to : types) {
        if (from == to || from.id() == TypeId::kUnknown) continue;
        if (IsPromotionAllowed(from, to, version)) {
          allowed.insert(from.ToString() + " > " + to.ToString());
        }
      }
      EXPECT_EQ(IsPromotionAllowed(Type::Unknown(), from, version),
                version == 3 || from.id() == TypeId::kUnknown);
    }
    std::set<std::string> expected = {"int > long", "float > double",
                                      "decimal(9, 2) > decimal(12, 2)"};
    if (version == 3)
      expected.merge(std::set<std::string>{"date > timestamp", "date > timestamp_ns"});
    EXPECT_EQ(allowed, expected) << version;
  }
}

TEST(SchemaUpdate, MakesAnUnknownColumnAnything) {
  const Schema base = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "u", Type::Unknown())});
  const Type wanted = Type::List(NestedField::Optional(1, "", Type::Variant()));
  const auto schema = SchemaUpdate(base, FieldId(1), 3).UpdateType("u", wanted).Apply();
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->FindByName("u")->id, FieldId(1));
  EXPECT_EQ(schema->FindByName("u.element")->id, FieldId(2));
  EXPECT_EQ(schema->FindByName("u.element")->type, Type::Variant());
}

TEST(SchemaUpdate, RefusesTypesOfALaterVersion) {
  EXPECT_THAT(Update().AddColumn("", "v", Type::Variant()).Apply(),
              IsError(ErrorKind::kInvalidArgument));
  const Schema dates = *Schema::Make(SchemaId(0), {NestedField::Optional(1, "d", Type::Date())});
  EXPECT_THAT(SchemaUpdate(dates, FieldId(1), 2).UpdateType("d", Type::Timestamp()).Apply(),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(SchemaUpdate(dates, FieldId(1), 3).UpdateType("d", Type::Timestamp()).Apply(),
              IsOk());
}

TEST(Type, ReadsAndWritesGeoParameters) {
  const auto geo = [](std::string_view text) { return Type::ParsePrimitive(text)->ToString(); };
  EXPECT_EQ(geo("geometry"), "geometry");
  EXPECT_EQ(geo("geometry(OGC:CRS84)"), "geometry");
  EXPECT_EQ(geo("geometry( srid:3857 )"), "geometry(srid:3857)");
  EXPECT_EQ(geo("geography(srid:4326,spherical)"), "geography(srid:4326)");
  EXPECT_EQ(geo("geography(OGC:CRS84, karney)"), "geography(OGC:CRS84, karney)");
  EXPECT_EQ(geo("geography(projjson:p, andoyer)"), "geography(projjson:p, andoyer)");
  EXPECT_EQ(Type::ParsePrimitive("geography(srid:4326, thomas)")->edges(), EdgeAlgorithm::kThomas);
  EXPECT_EQ(Type::Geography().crs(), "OGC:CRS84");
  for (const char* text : {"geometry()", "geography( )", "geography(x, flat)", "geometryx",
                           "geography(, karney)", "geometry(x"}) {
    EXPECT_THAT(Type::ParsePrimitive(text), IsError(ErrorKind::kInvalidArgument)) << text;
  }
}

TEST(Schema, KeepsWhatItDoesNotKnowOfItsJson) {
  const std::string text =
      R"({"type":"struct","schema-id":3,"fields":[{"id":1,"name":"a","required":true,)"
      R"("type":{"type":"map","key-id":2,"key":"string","value-id":3,"value":"int",)"
      R"("value-required":false,"sorted":true},"initial-default":null,"tag":"pii"}],"owner":"me"})";
  const auto schema = SchemaFromJson(*Json::Parse(text));
  ASSERT_THAT(schema, IsOk());
  const std::string written = SchemaToJson(*schema).Dump();
  for (const char* kept : {R"("sorted":true)", R"("tag":"pii")", R"("owner":"me")"}) {
    EXPECT_NE(written.find(kept), std::string::npos) << kept;
  }
  EXPECT_THAT(SchemaFromJson(*Json::Parse(written)), HasValue(*schema));
}

TEST(Schema, GivesBackItsJson) {
  EXPECT_THAT(SchemaFromJson(SchemaToJson(Example())), HasValue(Example()));
}

TEST(Schema, NumbersSiblingsBeforeWhatTheyHold) {
  const Schema fresh = AssignFreshIds(Example());
  EXPECT_EQ(fresh.FindByName("m")->id, FieldId(5));
  EXPECT_EQ(fresh.FindByName("at.x")->id, FieldId(6));
  EXPECT_EQ(fresh.highest_field_id(), FieldId(11));
  EXPECT_EQ(fresh.identifier_field_ids(), std::vector<FieldId>{FieldId(1)});
}

TEST(Schema, RefusesWhatIsAmbiguous) {
  const auto make = [](std::vector<NestedField> fields, std::vector<FieldId> identifiers = {}) {
    return Schema::Make(SchemaId(0), std::move(fields), std::move(identifiers));
  };
  const NestedField a = NestedField::Required(1, "a", Type::Int());
  EXPECT_THAT(make({a, NestedField::Required(1, "b", Type::Int())}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(make({a, NestedField::Required(2, "a", Type::Int())}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(make({a}, {FieldId(2)}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(make({NestedField::Optional(1, "a", Type::Int())}, {FieldId(1)}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(make({NestedField::Required(1, "a", Type::Double())}, {FieldId(1)}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST(Schema, FindsNamesOfEitherCase) {
  EXPECT_EQ(Example().FindByName("NAME"), nullptr);
  EXPECT_EQ(Example().FindByName("AT.X", false)->id, FieldId(4));
  EXPECT_EQ(Example().NameOf(FieldId(8)), "tags.element.k");
  EXPECT_EQ(Example().ParentOf(FieldId(8)), FieldId(7));
}

}  // namespace
}  // namespace firn::table
