// SPDX-License-Identifier: Apache-2.0
//
// Changelogs of columns whose values have neither order nor literals: variants, geometries,
// geographies.

#include <optional>
#include <string>
#include <vector>

#include "firn/base/bytes.h"
#include "firn/datafile/changelog_reader.h"
#include "firn/datafile/testing.h"
#include "firn/datafile/types_testing.h"

namespace firn::datafile {
namespace {

using table::NestedField;
using table::SequenceNumber;
using table::Type;
using ::testing::ElementsAre;

constexpr const char* kLastUpdated = "_last_updated_sequence_number";

struct Thing {
  int64_t id = 0;
  std::optional<std::string> variant, shape;
  std::optional<int64_t> row_id, updated;
};

table::Schema ThingSchema() {
  return SchemaOf({NestedField::Required(1, "id", Type::Long()),
                   NestedField::Optional(2, "v", Type::Variant()),
                   NestedField::Optional(3, "flat", Type::Geometry()),
                   NestedField::Optional(4, "round", Type::Geography())});
}

BatchPtr RowsOf(const std::vector<Thing>& things, bool lineage) {
  std::vector<std::optional<int64_t>> ids, row_ids, updates;
  std::vector<std::optional<std::string>> variants, shapes;
  for (const Thing& thing : things) {
    ids.emplace_back(thing.id);
    variants.push_back(thing.variant);
    shapes.push_back(thing.shape);
    row_ids.push_back(thing.row_id);
    updates.push_back(thing.updated);
  }
  const ArrayPtr wkb = ArrayOf<arrow::BinaryBuilder, std::string>(shapes);
  std::vector<std::pair<std::string, ArrayPtr>> columns = {
      {"id", ArrayOf<arrow::Int64Builder>(ids)},
      {"v", VariantColumn(variants)},
      {"flat", wkb},
      {"round", wkb}};
  if (lineage) {
    columns.emplace_back("_row_id", ArrayOf<arrow::Int64Builder>(row_ids));
    columns.emplace_back(kLastUpdated, ArrayOf<arrow::Int64Builder>(updates));
  }
  return BatchOf(columns);
}

// A point as WKB, little-endian.
std::string Point(double x, double y) {
  std::string bytes("\1\1\0\0\0", 5);
  AppendLittleEndian(bytes, x);
  AppendLittleEndian(bytes, y);
  return bytes;
}

const arrow::Array& StorageOf(const BatchPtr& rows, const std::string& column) {
  const auto array = rows->GetColumnByName(column);
  return *static_cast<const arrow::ExtensionArray&>(*array).storage();
}

// "DELETE 1 {...} same": a change, its row, and whether both shapes are `shape`.
std::vector<std::string> Described(const BatchPtr& rows, const std::string& shape) {
  std::vector<std::string> out;
  const auto& variants = static_cast<const arrow::StructArray&>(StorageOf(rows, "v"));
  const auto part = [&](int which, int64_t row) {
    return static_cast<const arrow::BinaryArray&>(*variants.field(which)).GetString(row);
  };
  for (int64_t row = 0; row < rows->num_rows(); ++row) {
    std::string& text = out.emplace_back();
    text = rows->GetColumnByName("_change_type")->GetScalar(row).ValueOrDie()->ToString() + " " +
           rows->GetColumnByName("id")->GetScalar(row).ValueOrDie()->ToString() + " ";
    text += variants.IsNull(row) ? "absent" : *table::VariantToJson(part(0, row), part(1, row));
    for (const char* column : {"flat", "round"}) {
      const auto& wkb = static_cast<const arrow::BinaryArray&>(StorageOf(rows, column));
      text += wkb.IsValid(row) && wkb.GetView(row) == shape ? " same" : " other";
    }
  }
  return out;
}

class ChangelogOfThings : public ::testing::Test {
 protected:
  // The changes of a snapshot that replaces a file of `before` by one of `after`.
  std::vector<std::string> Changes(const std::vector<Thing>& before,
                                   const std::vector<Thing>& after,
                                   std::optional<int64_t> first_row_id) {
    TestTable table(ThingSchema(), 3);
    WriterOptions options;
    options.row_lineage = first_row_id.has_value();
    table::DataFile old = table.Write(RowsOf(before, options.row_lineage), options);
    table::DataFile fresh = table.Write(RowsOf(after, options.row_lineage), options);
    old.first_row_id = first_row_id;
    if (first_row_id) fresh.first_row_id = *first_row_id + 100;
    table::ChangelogPlan plan;
    plan.schema = table.schema();
    plan.snapshots = {{table::SnapshotId(1), SequenceNumber(2)}};
    plan.tasks = {{0, old, SequenceNumber(1), true, false, {}, {}},
                  {0, fresh, SequenceNumber(2), false, true, {}, {}}};
    auto reader = ChangelogReader::Open(table.files(), table.metadata(), plan, {}).value();
    return Described(AllRows(*reader), shape_);
  }

  const std::string shape_ = Point(1, 2);
  const std::vector<Thing> before_ = {{1, R"({"a":[1,"x"]})", shape_, {}, {}},
                                      {2, std::nullopt, shape_, {}, {}},
                                      {3, "null", std::nullopt, {}, {}},
                                      {4, "12.5", shape_, {}, {}},
                                      {5, R"({"b":{"c":true}})", shape_, {}, {}}};
};

TEST_F(ChangelogOfThings, KnowsRowsByTheirValues) {
  std::vector<Thing> after(before_.begin() + 1, before_.end());
  after[2].variant = "12.75";
  after[3].shape = Point(1, 3);
  EXPECT_THAT(Changes(before_, after, std::nullopt),
              ElementsAre(R"(DELETE 1 {"a":[1,"x"]} same same)", "DELETE 4 12.5 same same",
                          R"(DELETE 5 {"b":{"c":true}} same same)", "INSERT 4 12.75 same same",
                          R"(INSERT 5 {"b":{"c":true}} other other)"));
  EXPECT_THAT(Changes(before_, before_, std::nullopt), ElementsAre());
}

TEST_F(ChangelogOfThings, KnowsRowsByTheirIds) {
  std::vector<Thing> after(before_.begin() + 1, before_.end());
  for (size_t at = 0; at < after.size(); ++at) {
    after[at].row_id = 1001 + static_cast<int64_t>(at);
    after[at].updated = 1;
  }
  after[0].variant = R"([1])";
  after[0].updated.reset();  // That of the snapshot.
  EXPECT_THAT(Changes(before_, after, 1000),
              ElementsAre(R"(DELETE 1 {"a":[1,"x"]} same same)", "UPDATE_BEFORE 2 absent same same",
                          "UPDATE_AFTER 2 [1] same same"));
}

TEST_F(ChangelogOfThings, GivesThemWhereNothingIsCompared) {
  TestTable table(ThingSchema(), 3);
  const table::DataFile file = table.Write(RowsOf(before_, false));
  const table::DataFile deletes = table.Delete(file, {0, 3}).added.at(0);
  table::ChangelogPlan plan;
  plan.schema = table.schema();
  plan.snapshots = {{table::SnapshotId(1), SequenceNumber(2)}};
  plan.tasks = {{0, file, SequenceNumber(1), true, true, {}, {deletes}}};
  auto reader = ChangelogReader::Open(table.files(), table.metadata(), plan, {}).value();
  EXPECT_THAT(Described(AllRows(*reader), shape_),
              ElementsAre(R"(DELETE 1 {"a":[1,"x"]} same same)", "DELETE 4 12.5 same same"));
}

}  // namespace
}  // namespace firn::datafile
