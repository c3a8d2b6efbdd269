// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/validator.h"

#include "firn/base/testing.h"

namespace firn::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Case {
  const char* schema;
  const char* right;  // An array of values that fit,
  const char* wrong;  // and one of values that do not.
};

class Keyword : public ::testing::TestWithParam<Case> {};

TEST_P(Keyword, IsHeld) {
  const auto validator = Validator::Compile(Json::Parse(GetParam().schema).value());
  ASSERT_THAT(validator, IsOk());
  const Json right = Json::Parse(GetParam().right).value();
  for (const Json& value : *right.as_array())
    EXPECT_THAT(validator->Validate(value), HasValue(testing::IsEmpty())) << value.Dump();
  const Json wrong = Json::Parse(GetParam().wrong).value();
  for (const Json& value : *wrong.as_array())
    EXPECT_THAT(validator->Validate(value), HasValue(testing::Not(testing::IsEmpty())))
        << value.Dump();
}

// After the sections of draft-handrews-json-schema-validation-01.
INSTANTIATE_TEST_SUITE_P(
    Draft7, Keyword,
    testing::Values(
        Case{R"(true)", R"([1,null])", R"([])"}, Case{R"(false)", R"([])", R"([1,null])"},
        Case{R"({"type":"integer"})", R"([1,-2,3.0,1e3])", R"([1.5,"1",null,true])"},
        Case{R"({"type":["string","null"]})", R"(["a",null])", R"([1,[],{}])"},
        Case{R"({"type":"object"})", R"([{}])", R"([[],"a"])"},
        Case{R"({"enum":[1,"a",null,[1.0]]})", R"([1.0,"a",null,[1]])", R"([2,"b",[],false])"},
        Case{R"({"const":{"a":1}})", R"([{"a":1.0}])", R"([{},{"a":2},{"a":1,"b":1}])"},
        Case{R"({"multipleOf":0.01})", R"([1.13,2,"a"])", R"([1.131])"},
        Case{R"({"minimum":1,"maximum":3})", R"([1,3,2.5,"a"])", R"([0,3.1])"},
        Case{R"({"exclusiveMinimum":1,"exclusiveMaximum":3})", R"([2])", R"([1,3])"},
        Case{R"({"maximum":9007199254740993})", R"([9007199254740993])", R"([9007199254740994])"},
        Case{R"({"minLength":2,"maxLength":3})", R"(["ab","üüü",1])", R"(["a","abcd"])"},
        Case{R"({"pattern":"^a+$"})", R"(["aa",1])", R"(["ab",""])"},
        Case{R"({"items":{"type":"string"}})", R"([["a"],[],1])", R"([[1],["a",1]])"},
        Case{R"({"items":[{"type":"string"}],"additionalItems":false})", R"([["a"],[]])",
             R"([[1],["a",1]])"},
        Case{R"({"minItems":1,"maxItems":2})", R"([[1],[1,2]])", R"([[],[1,2,3]])"},
        Case{R"({"uniqueItems":true})", R"([[1,2],[]])", R"([[1,1]])"},
        Case{R"({"contains":{"type":"string"}})", R"([[1,"a"],1])", R"([[],[1]])"},
        Case{R"({"required":["a"]})", R"([{"a":null},1])", R"([{},{"b":1}])"},
        Case{R"({"minProperties":1,"maxProperties":1})", R"([{"a":1}])", R"([{},{"a":1,"b":1}])"},
        Case{R"({"properties":{"a":{"type":"string"}}})", R"([{"a":"x"},{"b":1}])", R"([{"a":1}])"},
        Case{R"({"properties":{"a":{}},"patternProperties":{"^x":{"type":"string"}},
                 "additionalProperties":false})",
             R"([{"a":1,"xy":"s"}])", R"([{"b":1},{"xy":1}])"},
        Case{R"({"additionalProperties":{"type":"integer"}})", R"([{"a":1}])", R"([{"a":"x"}])"},
        Case{R"({"propertyNames":{"maxLength":2}})", R"([{"ab":1}])", R"([{"abc":1}])"},
        Case{R"({"dependencies":{"a":["b"],"c":{"required":["d"]}}})", R"([{"a":1,"b":1},{}])",
             R"([{"a":1},{"c":1}])"},
        Case{R"({"allOf":[{"minimum":1},{"maximum":3}]})", R"([2])", R"([0,4])"},
        Case{R"({"anyOf":[{"type":"string"},{"minimum":3}]})", R"(["a",3])", R"([1])"},
        Case{R"({"oneOf":[{"type":"integer"},{"minimum":3}]})", R"([1,3.5])", R"([5,1.5])"},
        Case{R"({"not":{"type":"string"}})", R"([1])", R"(["a"])"},
        Case{R"({"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":0}})",
             R"(["ab",0])", R"(["a",-1])"},
        Case{R"({"definitions":{"a/b":{"type":"string"}},"items":{"$ref":"#/definitions/a~1b"}})",
             R"([["a"]])", R"([[1]])"},
        Case{R"({"properties":{"child":{"$ref":"#"}},"additionalProperties":false})",
             R"([{"child":{"child":{}}}])", R"([{"child":{"x":1}}])"},
        Case{R"({"format":"date"})", R"(["2025-11-05",1])", R"(["2025-13-05","x"])"},
        Case{R"({"format":"date-time"})", R"(["2025-11-05T10:00:00Z"])", R"(["2025-11-05","x"])"},
        Case{R"({"format":"uuid"})", R"(["d627d2b8-7552-4e31-91a8-0888c7ac6f37"])", R"(["d627"])"},
        Case{R"({"format":"email"})", R"(["a@b.org"])", R"(["a","@b","a b@c"])"},
        Case{R"({"format":"ipv4"})", R"(["127.0.0.1"])", R"(["1.2.3","1.2.3.256","a.b.c.d"])"},
        Case{R"({"format":"uri"})", R"(["https://a/b"])", R"(["a b",":x"])"},
        Case{R"({"format":"own","description":1,"x-else":[]})", R"(["anything"])", R"([])"}));

TEST(Validator, SaysWhereAndWhichRule) {
  const auto validator = Validator::Compile(
      Json::Parse(R"({"properties":{"a":{"items":{"required":["b"]}},"n":{"maximum":3}}})")
          .value());
  const auto found = validator->Validate(Json::Parse(R"({"a":[{"b":1},{}],"n":4})").value());
  ASSERT_THAT(found, IsOk());
  std::vector<std::string> lines;
  for (const Violation& violation : *found)
    lines.push_back(violation.path + " " + violation.keyword + " " + violation.message);
  EXPECT_THAT(lines, ElementsAre("a[1].b required is missing", "n maximum is more than 3: 4"));
}

TEST(Validator, RefusesWhatIsNoSchema) {
  for (const char* wrong :
       {R"(1)", R"({"type":"text"})", R"({"type":[]})", R"({"minLength":-1})", R"({"minimum":"1"})",
        R"({"multipleOf":0})", R"({"pattern":"("})", R"({"properties":{"a":1}})", R"({"allOf":[]})",
        R"({"required":[1]})", R"({"$ref":"#/definitions/none"})", R"({"$ref":"http://a/b"})",
        R"({"enum":1})", R"({"uniqueItems":1})", R"({"items":{"items":3}})"}) {
    EXPECT_THAT(Validator::Compile(Json::Parse(wrong).value()),
                IsError(ErrorKind::kInvalidArgument))
        << wrong;
  }
  EXPECT_THAT(Validator::Compile(Json::Parse(R"({"properties":{"a":{"type":"x"}}})").value()),
              HasMessage("#/properties/a/type"));
}

TEST(Validator, EndsWhereSchemasReferToEachOther) {
  const auto validator = Validator::Compile(Json::Parse(R"({"$ref":"#"})").value());
  ASSERT_THAT(validator, IsOk());
  EXPECT_THAT(validator->Validate(Json(1)), IsError(ErrorKind::kResourceExhausted));
}

}  // namespace
}  // namespace firn::registry
