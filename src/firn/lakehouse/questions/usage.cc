// SPDX-License-Identifier: Apache-2.0
//
// Sums of silver.api_calls. A call is in that table once, whatever files repeat it, so adding up is
// all there is to do. Read column by column without an SQL engine, because this is asked many times
// a day; the view silver.api_call_costs says the same in SQL, and a test holds the two equal. Money
// stays exact until it is whole billionths of a dollar.

#include "firn/lakehouse/questions/usage.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "firn/base/time.h"
#include "firn/conversations/price_table.h"
#include "firn/lakehouse/questions/lake_columns.h"
#include "firn/lakehouse/questions/usage_blocks.h"
#include "firn/lakehouse/questions/usage_columns.h"
#include "firn/table/decimal.h"

namespace firn::lakehouse {
namespace {

using conversations::ModelPrice;
using conversations::PriceTable;
using table::Int128;

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kHourSeconds = 3'600;
constexpr int32_t kUndatedDay = 2'932'532;  // 9999-01-01: what has no date costs what it costs now.
constexpr int64_t kNoBucket = std::numeric_limits<int64_t>::min();  // First in order of time.

bool IsByTime(UsagePeriod period) {
  return period == UsagePeriod::kDaily || period == UsagePeriod::kWeekly ||
         period == UsagePeriod::kMonthly || period == UsagePeriod::kHourOfWeek;
}

// The column that calls are grouped by; none where it is time.
std::string GroupColumn(UsagePeriod period) {
  switch (period) {
    case UsagePeriod::kSession:
      return "conversation_id";
    case UsagePeriod::kModel:
      return "model";
    case UsagePeriod::kProject:
      return "project_path";
    default:
      return "";
  }
}

// Days from `since` to `until`, both of them, in the zone of the report.
struct DayRange {
  std::optional<int32_t> since, until;

  bool Holds(std::optional<int64_t> day) const {
    if (!since && !until) return true;
    return day && (!since || *day >= *since) && (!until || *day <= *until);
  }
};

Result<DayRange> RangeOf(const UsageRequest& request) {
  DayRange range;
  if (!request.since.empty()) {
    FIRN_ASSIGN(range.since, ParseDate(request.since));
  }
  if (!request.until.empty()) {
    FIRN_ASSIGN(range.until, ParseDate(request.until));
  }
  return range;
}

// Leaves out files; no zone is further than two days from UTC.
table::Expression FilterOf(const UsageRequest& request, const DayRange& range) {
  using table::Expression;
  using table::Literal;
  constexpr int64_t kSlackDays = 2;
  const auto instant = [](int64_t day) {
    return Literal::TimestampTz(day * kDaySeconds * kSecondMicros);
  };
  Expression filter = Expression::True();
  if (range.since) {
    filter = Expression::And(filter, Expression::Compare(table::Op::kGtEq, "timestamp",
                                                         instant(*range.since - kSlackDays)));
  }
  if (range.until) {
    filter = Expression::And(filter, Expression::Compare(table::Op::kLt, "timestamp",
                                                         instant(*range.until + kSlackDays)));
  }
  if (!request.platform.empty()) {
    filter = Expression::And(
        filter, Expression::Compare(table::Op::kEq, "platform", Literal::String(request.platform)));
  }
  return filter;
}

// What nobody says stays unsaid.
void AddTo(std::optional<int64_t>& sum, std::optional<int64_t> more) {
  if (more) sum = sum.value_or(0) + *more;
}

conversations::TokenCounts TokensOf(const Call& call) {
  return {call.input.value_or(0), call.output.value_or(0), call.cache_read.value_or(0),
          call.cache_write_5m.value_or(0), call.cache_write_1h.value_or(0)};
}

// Adds calls up.
class Adder {
 public:
  Adder(const UsageRequest& request, const TimeZone& zone, const PriceTable& prices, DayRange range)
      : request_(request), zone_(zone), prices_(prices), range_(range) {}

  Status Add(const arrow::RecordBatch& rows) {
    FIRN_ASSIGN(const CallColumns columns, CallColumns::Of(rows, GroupColumn(request_.period)));
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      const Call call = columns.At(row);
      if (request_.platform.empty() || call.platform == request_.platform) AddCall(call);
    }
    return Ok();
  }

  UsageReport Finish();

 private:
  struct Model {
    std::string name;
    bool named = true;
    std::span<const ModelPrice> prices;
  };
  struct Group {
    UsageRow row;
    std::set<const Model*> models;
    Int128 cost = 0;  // In 1e-12 USD.
    std::optional<int64_t> first, last;
  };
  using ByModel = std::map<const Model*, Group>;

  void AddCall(const Call& call);
  void AddCost(const Call& call, const Model& model, Group& group);
  // Seconds of the local calendar.
  std::optional<int64_t> LocalSeconds(const Call& call) const;
  int64_t BucketOf(const Call& call, std::optional<int64_t> seconds);
  const Model& ModelOf(std::optional<std::string_view> name);
  void MergeIntoBlocks();
  static void AddToBlock(const Group& hour, TimeUs begin, Group& block);
  std::string KeyOf(int64_t bucket) const;
  const Group& Finished(int64_t bucket, Group& group) const;
  void Sort(std::vector<std::pair<int64_t, const Group*>>& order) const;

  const UsageRequest& request_;
  const TimeZone& zone_;
  const PriceTable& prices_;
  DayRange range_;
  std::map<std::string, Model, std::less<>> models_;
  Model no_model_{std::string(kNoModel), false, {}};
  std::map<std::string, int64_t, std::less<>> texts_;  // Grouped by, with their buckets.
  std::vector<const std::string*> text_of_;
  // By bucket and, where each model has a row, by model.
  std::unordered_map<int64_t, ByModel> groups_;
  std::set<std::string> unpriced_;
  std::string version_;
  int64_t checked_calls_ = 0;
  Int128 reported_ = 0, computed_ = 0;  // Of those, in 1e-12 USD.
};

std::optional<int64_t> Adder::LocalSeconds(const Call& call) const {
  if (!call.micros) return std::nullopt;
  const int64_t seconds = FloorDiv(*call.micros, kSecondMicros);
  return seconds + zone_.OffsetAt(seconds);
}

int64_t Adder::BucketOf(const Call& call, std::optional<int64_t> seconds) {
  if (request_.period == UsagePeriod::kBlocks) {
    return call.micros ? FloorDiv(*call.micros, kHourMicros) : kNoBucket;
  }
  if (!IsByTime(request_.period)) {
    if (!call.group) return kNoBucket;
    const auto known = texts_.find(*call.group);
    if (known != texts_.end()) return known->second;
    const auto added = texts_.emplace(*call.group, static_cast<int64_t>(text_of_.size())).first;
    text_of_.push_back(&added->first);
    return added->second;
  }
  if (!seconds) return kNoBucket;
  const int64_t day = FloorDiv(*seconds, kDaySeconds);
  if (request_.period == UsagePeriod::kDaily) return day;
  if (request_.period == UsagePeriod::kWeekly) return MondayOf(day);
  if (request_.period == UsagePeriod::kHourOfWeek) {
    return (*seconds - MondayOf(day) * kDaySeconds) / kHourSeconds;
  }
  const CivilDate date = CivilFromDays(static_cast<int32_t>(day));
  return DaysFromCivil({date.year, date.month, 1});
}

const Adder::Model& Adder::ModelOf(std::optional<std::string_view> name) {
  if (!name) return no_model_;
  const auto known = models_.find(*name);
  if (known != models_.end()) return known->second;
  const std::string text(*name);
  return models_.emplace(text, Model{text, true, prices_.RowsOf(text)}).first->second;
}

void Adder::AddCall(const Call& call) {
  const std::optional<int64_t> seconds = LocalSeconds(call);
  if (!range_.Holds(seconds ? std::optional(FloorDiv(*seconds, kDaySeconds)) : std::nullopt))
    return;
  const Model& model = ModelOf(call.model);
  Group& group = groups_[BucketOf(call, seconds)][request_.by_model ? &model : nullptr];
  UsageRow& row = group.row;
  if (model.named) group.models.insert(&model);
  row.calls += 1;
  row.measured_calls += call.total ? 1 : 0;
  row.partly_measured_calls += call.total && !(call.prompt && call.output) ? 1 : 0;
  AddTo(row.input_tokens, call.input);
  AddTo(row.output_tokens, call.output);
  AddTo(row.cache_read_tokens, call.cache_read);
  AddTo(row.cache_write_5m_tokens, call.cache_write_5m);
  AddTo(row.cache_write_1h_tokens, call.cache_write_1h);
  row.total_tokens += call.total.value_or(0);
  row.copies += call.copies - 1;
  if (call.micros && (!group.first || *call.micros < *group.first)) group.first = call.micros;
  if (call.micros && (!group.last || *call.micros > *group.last)) group.last = call.micros;
  AddCost(call, model, group);
}

// A cost that the platform reported beats the price table.
void Adder::AddCost(const Call& call, const Model& model, Group& group) {
  constexpr int64_t kNano = 1000;
  const auto day = call.micros
                       ? static_cast<int32_t>(FloorDiv(*call.micros, kDaySeconds * kSecondMicros))
                       : kUndatedDay;
  const ModelPrice* price = PriceTable::Find(model.prices, day, call.prompt.value_or(0));
  const auto cost = price == nullptr || !call.total ? std::nullopt : CostOf(*price, TokensOf(call));
  if (call.reported_nano_usd) {
    const Int128 reported = static_cast<Int128>(*call.reported_nano_usd) * kNano;
    group.cost += reported;
    group.row.priced_calls += 1;
    if (!cost) return;
    checked_calls_ += 1;
    reported_ += reported;
    computed_ += *cost;
  } else if (cost) {
    group.cost += *cost;
    group.row.priced_calls += 1;
    version_ = std::max(version_, price->version);
  } else if (call.total.value_or(0) > 0) {
    group.row.unpriced_calls += 1;
    unpriced_.insert(model.name);
  }
}

std::string Adder::KeyOf(int64_t bucket) const {
  if (bucket == kNoBucket) return "(unknown)";
  if (request_.period == UsagePeriod::kBlocks) return LocalMinute(zone_, TimeUs{bucket});
  if (!IsByTime(request_.period)) return *text_of_[static_cast<size_t>(bucket)];
  if (request_.period == UsagePeriod::kHourOfWeek) {
    const std::string hour = std::to_string(bucket % 24);
    return std::to_string(bucket / 24 + 1) + (hour.size() < 2 ? " 0" : " ") + hour;
  }
  const std::string date = FormatDate(static_cast<int32_t>(bucket));
  return request_.period == UsagePeriod::kMonthly ? date.substr(0, 7) : date;
}

// Rounds half away from zero.
int64_t NanoOf(Int128 cost) {
  const Int128 half = cost < 0 ? -500 : 500;
  return static_cast<int64_t>((cost + half) / 1000);
}

// Days as they go by, sessions as they began, models and projects by what they cost.
void Adder::Sort(std::vector<std::pair<int64_t, const Group*>>& order) const {
  const auto place = [&](const std::pair<int64_t, const Group*>& entry) {
    const auto& [bucket, group] = entry;
    const bool by_time = IsByTime(request_.period) || request_.period == UsagePeriod::kBlocks;
    const int64_t when = group->first.value_or(std::numeric_limits<int64_t>::max());
    const int64_t rank = by_time                                    ? bucket
                         : request_.period == UsagePeriod::kSession ? when
                                                                    : group->row.cost_nano_usd;
    return std::make_tuple(rank, bucket == kNoBucket, group->row.key, group->row.models);
  };
  std::ranges::sort(order, {}, place);
}

void AddTo(UsageRow& totals, const UsageRow& row) {
  totals.calls += row.calls;
  totals.measured_calls += row.measured_calls;
  totals.partly_measured_calls += row.partly_measured_calls;
  totals.priced_calls += row.priced_calls;
  AddTo(totals.input_tokens, row.input_tokens);
  AddTo(totals.output_tokens, row.output_tokens);
  AddTo(totals.cache_read_tokens, row.cache_read_tokens);
  AddTo(totals.cache_write_5m_tokens, row.cache_write_5m_tokens);
  AddTo(totals.cache_write_1h_tokens, row.cache_write_1h_tokens);
  totals.total_tokens += row.total_tokens;
  totals.cost_nano_usd += row.cost_nano_usd;
  totals.unpriced_calls += row.unpriced_calls;
  totals.copies += row.copies;
}

// Groups were hours; blocks begin and end with hours.
void Adder::MergeIntoBlocks() {
  std::map<int64_t, const ByModel*> by_time;
  for (const auto& [bucket, by_model] : groups_) {
    if (bucket != kNoBucket) by_time.emplace(bucket, &by_model);
  }
  std::vector<HourOfUse> hours;
  for (const auto& [bucket, by_model] : by_time) {
    HourOfUse& hour = hours.emplace_back(HourOfUse{{std::numeric_limits<int64_t>::max()}, {0}});
    for (const auto& [model, group] : *by_model) {
      hour.first.value = std::min(hour.first.value, *group.first);
      hour.last.value = std::max(hour.last.value, *group.last);
    }
  }
  const std::vector<TimeUs> begins = BlockBegins(hours);
  std::unordered_map<int64_t, ByModel> blocks;
  size_t at = 0;
  for (const auto& [bucket, by_model] : by_time) {
    const TimeUs begin = begins[at++];
    for (const auto& [model, group] : *by_model)
      AddToBlock(group, begin, blocks[begin.value][model]);
  }
  if (const auto undated = groups_.find(kNoBucket); undated != groups_.end()) {
    blocks.insert(std::move(*undated));
  }
  groups_ = std::move(blocks);
}

void Adder::AddToBlock(const Group& hour, TimeUs begin, Group& block) {
  AddTo(block.row, hour.row);
  block.cost += hour.cost;
  block.models.insert(hour.models.begin(), hour.models.end());
  if (!block.first) block.first = hour.first;
  block.last = hour.last;
  block.row.block = UsageBlock{
      UsageBlock::State::kDone, begin, {begin.value + kBlockMicros}, {*block.first}, {*block.last}};
}

const Adder::Group& Adder::Finished(int64_t bucket, Group& group) const {
  group.row.key = KeyOf(bucket);
  group.row.cost_nano_usd = NanoOf(group.cost);
  for (const Model* model : group.models)
    group.row.models.push_back(model->name);
  std::ranges::sort(group.row.models);
  return group;
}

UsageReport Adder::Finish() {
  if (request_.period == UsagePeriod::kBlocks) MergeIntoBlocks();
  std::vector<std::pair<int64_t, const Group*>> order;
  for (auto& [bucket, by_model] : groups_) {
    for (auto& [model, group] : by_model)
      order.emplace_back(bucket, &Finished(bucket, group));
  }
  Sort(order);
  UsageReport report;
  report.request = request_;
  for (const auto& [bucket, group] : order) {
    report.rows.push_back(group->row);
    AddTo(report.totals, group->row);
  }
  report.unpriced_models.assign(unpriced_.begin(), unpriced_.end());
  report.price_version = version_;
  report.cost_check = {checked_calls_, NanoOf(reported_), NanoOf(computed_)};
  return report;
}

Status AddTitles(catalog::Catalog& catalog, io::FileIO& files, UsageReport& report) {
  std::map<std::string, std::string, std::less<>> titles;
  const ColumnScan scan = {"silver.conversations", {"conversation_id", "title"}, {}};
  FIRN_TRY(ForEachBatch(catalog, files, scan, [&](const arrow::RecordBatch& rows) -> Status {
    FIRN_ASSIGN(const auto* id, TypedColumn<arrow::StringArray>(rows, "conversation_id"));
    FIRN_ASSIGN(const auto* title, TypedColumn<arrow::StringArray>(rows, "title"));
    for (int64_t row = 0; row < rows.num_rows(); ++row)
      titles.emplace(id->GetView(row), TextAt(*title, row).value_or(""));
    return Ok();
  }));
  for (UsageRow& row : report.rows) {
    const auto found = titles.find(row.key);
    if (found != titles.end()) row.label = found->second;
  }
  return Ok();
}

}  // namespace

Result<UsageReport> ComputeUsage(catalog::Catalog& catalog, io::FileIO& files,
                                 const UsageRequest& request, const TimeZone& zone) {
  FIRN_ASSIGN(const DayRange range, RangeOf(request));
  FIRN_ASSIGN(const PriceTable prices, LoadPrices(catalog, files));
  const ColumnScan scan = {"silver.api_calls", CallColumnNames(GroupColumn(request.period)),
                           FilterOf(request, range)};
  Adder adder(request, zone, prices, range);
  FIRN_TRY(ForEachBatch(catalog, files, scan,
                        [&](const arrow::RecordBatch& rows) { return adder.Add(rows); }));
  UsageReport report = adder.Finish();
  if (request.period == UsagePeriod::kSession) FIRN_TRY(AddTitles(catalog, files, report));
  return report;
}

}  // namespace firn::lakehouse
