// SPDX-License-Identifier: Apache-2.0
//
// DuckDB's `timezone` asks ICU for each row, about a microsecond. A zone's offset is the same all
// day on nearly all days, so it is asked at the ends of each UTC day seen; on a day whose ends
// differ, for each quarter of an hour (zones change on those).

#include "firn/sql/duckdb_local_time.h"

#include <unordered_map>

#include "duckdb/common/vector_operations/unary_executor.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/execution/expression_executor_state.hpp"
#include "duckdb/function/function_binder.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "firn/base/time.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;

constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;
constexpr int64_t kQuarterHourMicros = int64_t{900} * 1'000'000;

struct ZoneData : public duckdb::FunctionData {
  explicit ZoneData(duckdb::unique_ptr<duckdb::Expression> call) : exact(std::move(call)) {}

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<ZoneData>(exact->Copy());
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return exact->Equals(*other.Cast<ZoneData>().exact);
  }

  duckdb::unique_ptr<duckdb::Expression> exact;  // timezone(ZONE, column 0)
};

// The offsets one thread has met so far.
class ZoneOffsets : public duckdb::FunctionLocalState {
 public:
  ZoneOffsets(duckdb::ClientContext& context, const duckdb::Expression& exact)
      : executor_(context, exact) {
    input_.Initialize(context, {LogicalType::TIMESTAMP_TZ}, 1);
    input_.SetCardinality(1);
    output_.Initialize(context, {LogicalType::TIMESTAMP}, 1);
  }

  int64_t OffsetAt(int64_t micros) {
    const int64_t day = FloorDiv(micros, kDayMicros);
    const int64_t offset = Cached(day * kDayMicros);
    if (offset == Cached((day + 1) * kDayMicros)) return offset;
    return Cached(FloorDiv(micros, kQuarterHourMicros) * kQuarterHourMicros);
  }

 private:
  int64_t Cached(int64_t micros) {
    const auto found = offsets_.find(micros);
    if (found != offsets_.end()) return found->second;
    return offsets_[micros] = Ask(micros);
  }

  int64_t Ask(int64_t micros) {
    input_.SetValue(0, 0, duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros)));
    output_.Reset();
    executor_.Execute(input_, output_);
    return output_.GetValue(0, 0).GetValueUnsafe<int64_t>() - micros;
  }

  duckdb::ExpressionExecutor executor_;
  duckdb::DataChunk input_, output_;
  std::unordered_map<int64_t, int64_t> offsets_;
};

duckdb::unique_ptr<duckdb::FunctionData> BindZone(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  static_cast<void>(function);
  if (!arguments[0]->IsFoldable()) {
    ThrowInDuckDb(InvalidArgument("local_time takes a constant time zone"));
  }
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> children;
  children.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(
      duckdb::ExpressionExecutor::EvaluateScalar(context, *arguments[0])));
  children.push_back(
      duckdb::make_uniq<duckdb::BoundReferenceExpression>(LogicalType::TIMESTAMP_TZ, 0ULL));
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto exact =
      binder.BindScalarFunction(DEFAULT_SCHEMA, "timezone", std::move(children), error, false);
  if (!exact) error.Throw();
  return duckdb::make_uniq<ZoneData>(std::move(exact));
}

duckdb::unique_ptr<duckdb::FunctionLocalState> BeginThread(
    duckdb::ExpressionState& state, const duckdb::BoundFunctionExpression& call,
    duckdb::FunctionData* bind_data) {
  static_cast<void>(call);
  return duckdb::make_uniq<ZoneOffsets>(state.GetContext(), *bind_data->Cast<ZoneData>().exact);
}

void LocalTime(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
               duckdb::Vector& result) {
  auto& offsets = duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<ZoneOffsets>();
  duckdb::UnaryExecutor::Execute<duckdb::timestamp_t, duckdb::timestamp_t>(
      arguments.data[1], result, arguments.size(), [&offsets](duckdb::timestamp_t instant) {
        if (!duckdb::Timestamp::IsFinite(instant)) return instant;
        return duckdb::timestamp_t(instant.value + offsets.OffsetAt(instant.value));
      });
}

}  // namespace

void RegisterLocalTime(duckdb::DuckDB& database) {
  duckdb::ScalarFunction function("local_time", {LogicalType::VARCHAR, LogicalType::TIMESTAMP_TZ},
                                  LogicalType::TIMESTAMP, LocalTime, BindZone);
  function.init_local_state = BeginThread;
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  loader.RegisterFunction(function);
}

}  // namespace firn::sql
