// SPDX-License-Identifier: Apache-2.0

#include "firn/avro/cursor.h"

#include "firn/avro/decoder.h"
#include "firn/avro/encoder.h"
#include "firn/base/env.h"
#include "firn/base/testing.h"

namespace firn::avro {
namespace {

constexpr std::string_view kEverything = R"({"type":"record","name":"r","fields":[
  {"name":"counts","type":["null",{"type":"array","items":{"type":"record","name":"kv","fields":[
    {"name":"key","type":"int"},{"name":"value","type":"long"}]}}]},
  {"name":"bounds","type":{"type":"array","items":{"type":"record","name":"kb","fields":[
    {"name":"key","type":"int"},{"name":"value","type":"bytes"}]}}},
  {"name":"m","type":{"type":"map","values":"double"}},
  {"name":"f","type":{"type":"fixed","name":"five","size":5}},
  {"name":"b","type":"boolean"},
  {"name":"s","type":"string"}]})";

int64_t RandomLong(Env& env) {
  return static_cast<int64_t>(env.Random64()) >> (env.Random64() % 64);
}

// Begins a block of `count` items, at times one that says how long it is.
void AppendBlock(std::string& out, int64_t count, const std::string& items, bool sized) {
  if (count == 0) return;
  AppendLong(out, sized ? -count : count);
  if (sized) AppendLong(out, static_cast<int64_t>(items.size()));
  out += items;
}

std::string RandomObject(Env& env) {
  std::string out;
  const auto count = [&env] { return static_cast<int64_t>(env.Random64() % 20); };
  const auto sized = [&env] { return env.Random64() % 2 == 0; };
  AppendLong(out, 1);
  for (int blocks = 0; blocks < 2; ++blocks) {
    std::string items;
    const int64_t pairs = count();
    for (int64_t at = 0; at < pairs; ++at) {
      AppendLong(items, at);
      AppendLong(items, RandomLong(env));
    }
    AppendBlock(out, pairs, items, sized());
  }
  AppendLong(out, 0);
  std::string items;
  const int64_t bounds = count();
  for (int64_t at = 0; at < bounds; ++at) {
    AppendLong(items, at);
    AppendBytes(items, std::string(env.Random64() % 9, 'x'));
  }
  AppendBlock(out, bounds, items, sized());
  AppendLong(out, 0);
  items.clear();
  const int64_t entries = count();
  for (int64_t at = 0; at < entries; ++at) {
    AppendBytes(items, "key");
    AppendNumber(items, 1.5);
  }
  AppendBlock(out, entries, items, sized());
  AppendLong(out, 0);
  out += "12345";
  AppendBoolean(out, true);
  AppendBytes(out, "the end");
  return out;
}

TEST(Cursor, ReadsEveryLongAsTheDecoderDoes) {
  FixedEnv env;
  for (int round = 0; round < 10'000; ++round) {
    const int64_t number = RandomLong(env);
    std::string bytes;
    AppendLong(bytes, number);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.Long(), number);
    EXPECT_TRUE(cursor.at_end());
    EXPECT_FALSE(cursor.failed());
  }
}

TEST(Cursor, PassesOverEveryKindOfValueToItsLastByte) {
  const auto schema = *ParseSchema(kEverything);
  FixedEnv env;
  for (int round = 0; round < 2000; ++round) {
    const std::string object = RandomObject(env);
    Cursor cursor(object);
    cursor.Skip(*schema);
    EXPECT_FALSE(cursor.failed());
    EXPECT_TRUE(cursor.at_end());
    Decoder decoder(object);
    ASSERT_THAT(decoder.Skip(*schema), IsOk());
    EXPECT_TRUE(decoder.at_end());
  }
}

TEST(Cursor, FailsWhereAValueIsCut) {
  const auto schema = *ParseSchema(kEverything);
  FixedEnv env;
  const std::string object = RandomObject(env);
  for (size_t length = 0; length < object.size(); ++length) {
    Cursor cursor(std::string_view(object).substr(0, length));
    cursor.Skip(*schema);
    EXPECT_TRUE(cursor.failed()) << length;
    EXPECT_EQ(cursor.Long(), 0);
    EXPECT_EQ(cursor.Bytes(), "");
  }
}

TEST(Cursor, DoesNotCountItemsThatHaveNoBytes) {
  const auto schema = *ParseSchema(R"({"type":"array","items":"null"})");
  std::string bytes;
  for (int block = 0; block < 100'000; ++block) {
    AppendLong(bytes, 100'000);
  }
  AppendLong(bytes, 0);
  Cursor cursor(bytes);
  cursor.Skip(*schema);
  EXPECT_TRUE(cursor.failed());  // The last blocks claim more items than there are bytes.
}

TEST(Cursor, RefusesABranchThatIsNotThere) {
  const auto schema = *ParseSchema(R"(["null","long"])");
  for (const int64_t branch : {-1, 2, 1000}) {
    std::string bytes;
    AppendLong(bytes, branch);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.Branch(*schema).kind, Kind::kNull);
    EXPECT_TRUE(cursor.failed());
  }
}

}  // namespace
}  // namespace firn::avro
