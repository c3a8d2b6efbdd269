// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/migrate_schema.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/testing.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/io/faulty_file_io.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/testing.h"
#include "firn/registry/json_schema.h"
#include "firn/sql/testing.h"

namespace firn::lakehouse {
namespace {

using table::NestedField;
using table::Type;

constexpr int64_t kOneIn = 20;

table::Schema SchemaOf(std::vector<NestedField> fields) {
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

const ColumnCast& CastOf(const std::vector<ColumnCast>& casts, std::string_view column) {
  return *std::ranges::find(casts, column, &ColumnCast::column);
}

TEST(PlanCasts, FindsColumnsByTheirNames) {
  const auto casts = PlanCasts(SchemaOf({NestedField::Optional(1, "same", Type::Long()),
                                         NestedField::Optional(2, "amount", Type::String()),
                                         NestedField::Optional(3, "gone", Type::String())}),
                               SchemaOf({NestedField::Optional(1, "amount", Type::Decimal(9, 2)),
                                         NestedField::Optional(2, "same", Type::Long()),
                                         NestedField::Optional(3, "fresh", Type::Date())}));
  ASSERT_THAT(casts, IsOk());
  EXPECT_TRUE(CastOf(*casts, "amount").is_cast());
  EXPECT_FALSE(CastOf(*casts, "same").is_cast());
  EXPECT_EQ(CastOf(*casts, "fresh").value, "");
  EXPECT_TRUE(CastOf(*casts, "gone").to.empty());
}

TEST(PlanCasts, RefusesWhatHasNothingInCommonAndWhatIsNotThere) {
  const auto before = SchemaOf({NestedField::Optional(1, "a", Type::Boolean())});
  EXPECT_THAT(PlanCasts(before, SchemaOf({NestedField::Optional(1, "a", Type::Date())})),
              HasMessage("column 'a' cannot become date from boolean"));
  EXPECT_THAT(PlanCasts(before, SchemaOf({NestedField::Required(1, "b", Type::Date())})),
              HasMessage("a required column, of which the table knows nothing: b"));
}

// A table "silver.orders" in memory, and the schema that it is to have.
class Orders {
 public:
  Orders() {
    catalog_ = catalog::MakeMemoryCatalog("file:///warehouse", files_, env_);
    engine_ = sql::Engine::Open(*catalog_, files_, env_, {}).value();
    EXPECT_THAT(catalog_->CreateNamespace({"silver"}), IsOk());
    table::NewTable made;
    made.schema = SchemaOf({NestedField::Optional(1, "id", Type::String()),
                            NestedField::Optional(2, "amount", Type::Double()),
                            NestedField::Optional(3, "day", Type::String())});
    made.properties["write.parquet.bloom-filter-enabled.column.id"] = "true";
    EXPECT_THAT(catalog_->CreateTable(name_, made), IsOk());
    Append(
        "VALUES ('1', 9.5, '2025-11-05'), ('two', 1.0, NULL), ('3', 0.005, NULL), "
        "('4', 7.0, 'soon'), (NULL, 1.0, NULL), ('6', -1.0, NULL), ('1.5', 1.0, NULL), "
        "('8', 1.0, '2025-11-05 10:00:00')");
    const auto wanted = SchemaOf({NestedField::Required(1, "id", Type::Long()),
                                  NestedField::Optional(2, "amount", Type::Decimal(9, 2)),
                                  NestedField::Optional(3, "day", Type::Date()),
                                  NestedField::Optional(4, "note", Type::String())});
    migration_.table = name_;
    migration_.version = "2.0.0";
    migration_.schema = registry::JsonSchemaOf(wanted, "silver.orders", "2.0.0");
    Json members = *migration_.schema.Find("properties");
    Json amount = *members.Find("amount");
    amount.Set("pattern", "^[0-9.]+$");
    members.Set("amount", amount);
    migration_.schema.Set("properties", members);
  }

  void Append(const std::string& values) {
    const auto loaded = catalog_->LoadTable(name_).value();
    auto writer = datafile::TableWriter::Open(*loaded.metadata, "orders", files_, env_, {}).value();
    auto stream =
        engine_
            ->Query(
                "SELECT id, CAST(amount AS DOUBLE) AS amount, CAST(day AS VARCHAR) AS day FROM (" +
                values + ") AS v(id, amount, day)")
            .value();
    while (const auto batch = stream->Next().value()) {
      EXPECT_THAT(writer->Write(batch), IsOk());
    }
    Commit(name_, table::MergeAppend(writer->Close().value()));
  }

  void Commit(const catalog::TableName& name, std::unique_ptr<table::Operation> operation) {
    EXPECT_THAT(catalog::CommitOperation(*catalog_, files_, env_, name, std::move(operation)),
                IsOk());
  }

  // Deletes all rows of the table.
  void Truncate() { Commit(name_, table::DeleteWhere(table::Expression::True())); }

  Result<MigrationReport> Migrate(bool cut_over = true, bool dry_run = false) {
    migration_.cut_over = cut_over;
    migration_.dry_run = dry_run;
    return MigrateTable(context(), migration_);
  }

  MigrationContext context() {
    return {{*catalog_, files_, env_, "file:///warehouse", {}}, *engine_};
  }

  std::vector<std::string> Rows(const std::string& query) {
    std::vector<std::string> rows;
    auto stream = engine_->Query(query);
    EXPECT_THAT(stream, IsOk()) << query;
    while (stream) {
      const auto batch = (*stream)->Next().value();
      if (batch == nullptr) break;
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::string text;
        for (const auto& column : batch->columns())
          text += column->GetScalar(row).ValueOrDie()->ToString() + "|";
        rows.push_back(text);
      }
    }
    return rows;
  }

  // The table as it was, or as it is to be; nothing else.
  void ExpectBeforeOrAfter() {
    const auto loaded = catalog_->LoadTable(name_);
    ASSERT_THAT(loaded, IsOk());
    const bool is_new = loaded->metadata->schema().FindByName("note") != nullptr;
    EXPECT_EQ(Rows("SELECT id FROM silver.orders").size(), is_new ? 1U : 8U);
  }

  void ExpectAfter() {
    EXPECT_THAT(Rows("SELECT * FROM silver.orders"),
                ::testing::ElementsAre("1|9.50|2025-11-05|null|"));
    EXPECT_EQ(Rows("SELECT id FROM silver.orders_before_2_0_0").size(), 8U);
    EXPECT_EQ(Rows("SELECT raw FROM silver.orders_rejected").size(), 7U);
    EXPECT_THAT(catalog_->TableExists(beside_), HasValue(false));
  }

  io::ForwardingFileIO& files() { return files_; }
  catalog::Catalog& catalog() { return *catalog_; }
  io::MemoryFileIO& memory() { return memory_; }
  Migration& migration() { return migration_; }
  const catalog::TableName& name() const { return name_; }
  const catalog::TableName& beside() const { return beside_; }

 private:
  FixedEnv env_;
  io::MemoryFileIO memory_;
  io::ForwardingFileIO files_{memory_};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<sql::Engine> engine_;
  const catalog::TableName name_{{"silver"}, "orders"};
  const catalog::TableName beside_{{"silver"}, "orders_next"};
  Migration migration_;
};

TEST(MigrateTable, CastsWhatStaysItselfAndRejectsTheRest) {
  Orders orders;
  const auto done = orders.Migrate();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->rows, 1);
  EXPECT_EQ(done->rejected, 7);
  EXPECT_EQ(done->kept_as, "silver.orders_before_2_0_0");
  orders.ExpectAfter();
  EXPECT_THAT(
      orders.Rows("SELECT \"column\", rule, message FROM silver.orders_rejected ORDER BY raw"),
      ::testing::UnorderedElementsAre(
          R"(id|cast|id cannot become long from string: "two"|)",
          "amount|cast|amount cannot become decimal(9, 2) from double: 0.005|",
          R"(day|cast|day cannot become date from string: "soon"|)",
          "id|cast|id is required, and null|", ::testing::HasSubstr("amount|pattern|amount "),
          R"(id|cast|id cannot become long from string: "1.5"|)",
          R"(day|cast|day cannot become date from string: "2025-11-05 10:00:00"|)"));
}

TEST(MigrateTable, IsDoneOnce) {
  Orders orders;
  ASSERT_THAT(orders.Migrate(), IsOk());
  const auto again = orders.Migrate();
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->is_done);
  orders.ExpectAfter();
}

TEST(MigrateTable, ChangesNothingInADryRun) {
  Orders orders;
  const auto done = orders.Migrate(true, true);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->rows, 1);
  EXPECT_EQ(done->rejected, 7);
  EXPECT_EQ(orders.catalog().ListTables({"silver"})->size(), 1U);
}

TEST(MigrateTable, TakesNoNameFromAnother) {
  Orders orders;
  table::NewTable other;
  other.schema = SchemaOf({NestedField::Optional(1, "x", Type::Long())});
  ASSERT_THAT(orders.catalog().CreateTable({{"silver"}, "orders_next"}, other), IsOk());
  EXPECT_THAT(orders.Migrate(), IsError(ErrorKind::kAlreadyExists));
  ASSERT_THAT(orders.catalog().CreateTable({{"silver"}, "orders_before_2_0_0"}, other), IsOk());
  EXPECT_THAT(orders.Migrate(), HasMessage("silver.orders_before_2_0_0"));
}

TEST(MigrateTable, CastsEachRowOnceUntilTheCutOver) {
  Orders orders;
  EXPECT_THAT(OpenMigration(orders.catalog(), orders.name()), HasValue(std::nullopt));
  ASSERT_THAT(orders.Migrate(false), IsOk());
  EXPECT_THAT(OpenMigration(orders.catalog(), orders.name()),
              HasValue(std::optional<std::string>("2.0.0")));
  orders.Append("VALUES ('10', 1.0, NULL), ('eleven', 1.0, NULL)");
  const auto added = orders.Migrate(false);
  ASSERT_THAT(added, IsOk());
  EXPECT_EQ(added->rows, 1);
  EXPECT_EQ(added->rejected, 1);
  EXPECT_EQ(orders.Migrate(false)->rows, 0);
  EXPECT_EQ(orders.Rows("SELECT id FROM silver.orders").size(), 10U);
  EXPECT_THAT(orders.Rows("SELECT id FROM silver.orders_next ORDER BY id"),
              ::testing::ElementsAre("1|", "10|"));

  orders.Append("VALUES ('12', 1.0, NULL)");
  ASSERT_THAT(orders.Migrate(), IsOk());
  EXPECT_THAT(orders.Rows("SELECT id FROM silver.orders ORDER BY id"),
              ::testing::ElementsAre("1|", "10|", "12|"));
  EXPECT_EQ(orders.Rows("SELECT raw FROM silver.orders_rejected").size(), 8U);
  EXPECT_THAT(OpenMigration(orders.catalog(), orders.name()), HasValue(std::nullopt));
}

TEST(MigrateTable, BeginsAgainWhereMoreThanRowsCameMeanwhile) {
  Orders orders;
  ASSERT_THAT(orders.Migrate(false), IsOk());
  orders.Truncate();
  orders.Append("VALUES ('10', 1.0, NULL), ('eleven', 1.0, NULL)");
  ASSERT_THAT(orders.Migrate(), IsOk());
  EXPECT_THAT(orders.Rows("SELECT id FROM silver.orders"), ::testing::ElementsAre("10|"));
  EXPECT_EQ(orders.Rows("SELECT raw FROM silver.orders_rejected").size(), 1U);
}

TEST(MigrateTable, BeginsAgainForAnotherSchema) {
  Orders orders;
  ASSERT_THAT(orders.Migrate(false), IsOk());
  orders.migration().schema.Set("title", "orders by day");
  ASSERT_THAT(orders.Migrate(), IsOk());
  orders.ExpectAfter();
}

TEST(MigrateTable, IsTakenBackBeforeTheCutOver) {
  Orders orders;
  EXPECT_THAT(AbandonMigration(orders.context(), orders.name()), IsError(ErrorKind::kNotFound));
  ASSERT_THAT(orders.Migrate(false), IsOk());
  EXPECT_THAT(AbandonMigration(orders.context(), orders.name()), HasValue("silver.orders_next"));
  EXPECT_THAT(orders.catalog().TableExists(orders.beside()), HasValue(false));
  EXPECT_EQ(orders.Rows("SELECT raw FROM silver.orders_rejected").size(), 0U);
  EXPECT_EQ(orders.Rows("SELECT id FROM silver.orders").size(), 8U);
}

TEST(MigrateTable, CarriesWhatStillFits) {
  Orders orders;
  ASSERT_THAT(orders.Migrate(false), IsOk());
  const auto beside = orders.catalog().LoadTable(orders.beside()).value();
  EXPECT_EQ(beside.metadata->Property("write.parquet.bloom-filter-enabled.column.id", ""), "true");
  orders.Commit(orders.name(), table::UpdateProperties(
                                   {{"write.parquet.bloom-filter-enabled.column.gone", "true"}}));
  ASSERT_THAT(AbandonMigration(orders.context(), orders.name()), IsOk());
  ASSERT_THAT(orders.Migrate(), IsOk());
  orders.ExpectAfter();
}

// One operation fails, then the same call is made again.
bool SurvivesFault(io::FaultPlan plan) {
  Orders orders;
  bool reached = false;
  {
    io::FaultyFileIO faulty(orders.memory(), std::move(plan));
    orders.files().SwitchTo(faulty);
    orders.Migrate().Ignore("the fault may end it");
    reached = faulty.fault_reached();
  }
  orders.files().SwitchTo(orders.memory());
  orders.ExpectBeforeOrAfter();
  EXPECT_THAT(orders.Migrate(), IsOk());
  orders.ExpectAfter();
  return reached;
}

// Likewise as rows come between the backfill and the cut-over.
bool KeepsEachRowOnce(io::FaultPlan plan) {
  Orders orders;
  EXPECT_THAT(orders.Migrate(false), IsOk());
  orders.Append("VALUES ('10', 1.0, NULL), ('eleven', 1.0, NULL)");
  bool reached = false;
  {
    io::FaultyFileIO faulty(orders.memory(), std::move(plan));
    orders.files().SwitchTo(faulty);
    orders.Migrate().Ignore("the fault may end it");
    reached = faulty.fault_reached();
  }
  orders.files().SwitchTo(orders.memory());
  EXPECT_THAT(orders.Migrate(), IsOk());
  EXPECT_THAT(orders.Rows("SELECT id FROM silver.orders ORDER BY id"),
              ::testing::ElementsAre("1|", "10|"));
  EXPECT_EQ(orders.Rows("SELECT raw FROM silver.orders_rejected").size(), 8U);
  return reached;
}

TEST(MigrateTable, IsFinishedByTheSameCall) {
  for (const io::FaultKind kind :
       {io::FaultKind::kFail, io::FaultKind::kCrash, io::FaultKind::kDiskFull}) {
    EXPECT_GT(io::ForEachFault(kind, SurvivesFault, kOneIn), 8);
    EXPECT_GT(io::ForEachFault(kind, KeepsEachRowOnce, kOneIn), 8);
  }
}

}  // namespace
}  // namespace firn::lakehouse
