// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/shred_variants.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <parquet/metadata.h>

#include "firn/datafile/types_testing.h"
#include "firn/table/variant_json.h"

namespace firn::datafile {
namespace {

using table::NestedField;
using table::Type;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Texts = std::vector<std::optional<std::string>>;

// A table of one column of variants, which are shredded.
class Shredded : public ::testing::Test {
 protected:
  Shredded() : world_(SchemaOf({NestedField::Optional(3, "v", Type::Variant())})) {}

  table::DataFile Write(const Texts& texts, const std::string& sample_rows = "100") {
    auto options = WriterOptionsFrom({{"write.parquet.shred-variants", "true"},
                                      {"write.parquet.variant-inference-buffer-size", sample_rows}})
                       .value();
    auto writer =
        TableWriter::Open(world_.metadata, "t", world_.files, world_.env, std::move(options))
            .value();
    EXPECT_THAT(writer->Write(BatchOf({{"v", VariantColumn(texts)}})), IsOk());
    return writer->Close().value().at(0);
  }

  Texts Read(const table::DataFile& file) {
    const auto rows = world_.Read(file, world_.metadata.schema()).value();
    const auto& column = static_cast<const arrow::ExtensionArray&>(*rows->column(0));
    const auto& group = static_cast<const arrow::StructArray&>(*column.storage());
    const auto part = [&](int at, int64_t row) {
      return static_cast<const arrow::BinaryArray&>(*group.field(at)).GetString(row);
    };
    Texts texts;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      if (column.IsNull(row)) {
        texts.emplace_back();
      } else {
        texts.emplace_back(table::VariantToJson(part(0, row), part(1, row)).value());
      }
    }
    return texts;
  }

  // The leaves of a file below its variant.
  std::vector<std::string> Leaves(const table::DataFile& file) {
    const auto footer = world_.Footer(file);
    std::vector<std::string> leaves;
    for (int at = 0; at < footer->num_columns(); ++at)
      leaves.push_back(footer->schema()->Column(at)->path()->ToDotString());
    return leaves;
  }

  FileWorld world_;
};

TEST_F(Shredded, VariantsComeBackEqual) {
  const Texts texts = {R"({"a":1,"b":"x","c":[1,2,300]})",
                       R"({"a":70000,"b":"y","other":{"deep":true}})",
                       std::nullopt,
                       "null",
                       R"({"a":"text","b":null,"c":[]})",
                       R"({})",
                       R"([1,{"a":2}])",
                       R"({"a":2,"b":"z","c":[1,"x",null]})"};
  const table::DataFile file = Write(texts);
  EXPECT_EQ(Read(file), texts);
  const auto leaves = Leaves(file);
  EXPECT_THAT(leaves, Contains("v.typed_value.a.typed_value"));
  EXPECT_THAT(leaves, Contains("v.typed_value.b.typed_value"));
  EXPECT_THAT(leaves, Contains("v.typed_value.c.typed_value.list.element.typed_value"));
}

TEST_F(Shredded, FieldsThatFewHaveStayTogether) {
  Texts texts(20, R"({"a":1})");
  texts.emplace_back(R"({"a":2,"rare":3})");
  const table::DataFile file = Write(texts);
  EXPECT_EQ(Read(file), texts);
  EXPECT_THAT(Leaves(file), Not(Contains(HasSubstr("rare"))));
}

TEST_F(Shredded, VariantsAreVariantsToReaders) {
  const table::DataFile file = Write({R"({"a":1})", R"({"a":2})"});
  const auto footer = world_.Footer(file);
  const auto& group =
      static_cast<const parquet::schema::GroupNode&>(*footer->schema()->group_node()->field(0));
  EXPECT_TRUE(group.logical_type()->is_variant());
  EXPECT_EQ(group.field_id(), 3);
  const auto chunk = footer->RowGroup(0)->ColumnChunk(footer->num_columns() - 1);
  EXPECT_EQ(chunk->num_values(), 2);
  EXPECT_EQ(file.value_counts, (std::map<table::FieldId, int64_t>{{table::FieldId(3), 2}}));
}

TEST_F(Shredded, ValuesWithoutAShapeStayAsTheyAre) {
  EXPECT_THAT(Leaves(Write({"1", R"("x")", R"({"a":1})", "[1]"})),
              ElementsAre("v.metadata", "v.value"));
  EXPECT_THAT(Leaves(Write({"null", std::nullopt})), ElementsAre("v.metadata", "v.value"));
}

TEST_F(Shredded, RowsBehindTheSampleAreOfAnyShape) {
  const Texts texts = {"1", "2", R"("x")", R"({"a":[[1]]})", "70000000000", "1.5", std::nullopt};
  const table::DataFile file = Write(texts, "2");
  EXPECT_THAT(Leaves(file), ElementsAre("v.metadata", "v.value", "v.typed_value"));
  EXPECT_EQ(Read(file), texts);
}

std::string RandomJson(std::mt19937_64& random, int depth) {
  const auto pick = [&](uint64_t below) { return random() % below; };
  switch (pick(depth > 3 ? 6 : 9)) {
    case 0:
      return "null";
    case 1:
      return pick(2) == 0 ? "true" : "false";
    case 2:
      return std::to_string(static_cast<int64_t>(random()) >> pick(64));
    case 3:
      return std::to_string(pick(1000)) + "." + std::to_string(1 + pick(9));
    case 4:
    case 5:
      return "\"" + std::string(pick(100), 'x') + "\"";
    case 6: {
      std::string text = "[";
      for (uint64_t i = pick(4); i > 0; --i)
        text += RandomJson(random, depth + 1) + (i > 1 ? "," : "");
      return text + "]";
    }
    default: {
      std::string text;
      for (const char name : {'a', 'b', 'c', 'd'}) {
        if (pick(3) == 0) continue;
        text += (text.empty() ? "" : ",") + std::string("\"") + name +
                "\":" + RandomJson(random, depth + 1);
      }
      return "{" + text + "}";
    }
  }
}

TEST_F(Shredded, AnyVariantsComeBackEqual) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Texts texts;
    for (int row = 0; row < 40; ++row) {
      if (random() % 10 == 0) {
        texts.emplace_back();
      } else {
        texts.emplace_back(RandomJson(random, static_cast<int>(seed % 4)));
      }
    }
    const table::DataFile whole = Write(texts);
    EXPECT_EQ(Read(whole), texts);
  }
}

TEST(VariantSampleRows, RefusesWhatIsNoAnswer) {
  EXPECT_THAT(VariantSampleRows({}), HasValue(0));
  EXPECT_THAT(VariantSampleRows({{"write.parquet.shred-variants", "true"}}), HasValue(100));
  EXPECT_THAT(WriterOptionsFrom({{"write.parquet.shred-variants", "yes"}}),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(WriterOptionsFrom({{"write.parquet.variant-inference-buffer-size", "0"}}),
              IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::datafile
