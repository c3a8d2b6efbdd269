// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/questions/usage_blocks.h"

#include <algorithm>
#include <utility>

#include "firn/lakehouse/questions/usage.h"
#include "firn/table/decimal.h"

namespace firn::lakehouse {
namespace {

constexpr int64_t kMinuteMicros = int64_t{60} * 1'000'000;

// Rounds down; the product may be larger than 64 bits.
int64_t Scaled(int64_t amount, int64_t part, int64_t whole) {
  return static_cast<int64_t>(static_cast<table::Int128>(amount) * part / whole);
}

UsageRow GapBetween(const UsageBlock& before, const UsageBlock& after, const TimeZone& zone) {
  UsageRow gap;
  gap.block = UsageBlock{UsageBlock::State::kGap,
                         {before.last.value + kBlockMicros},
                         after.first,
                         before.last,
                         after.first};
  gap.key = LocalMinute(zone, gap.block->begin);
  return gap;
}

std::optional<BurnRate> RateOf(const UsageRow& row, TimeUs now) {
  const int64_t used = row.block->last.value - row.block->first.value;
  if (used <= 0) return std::nullopt;  // One call says nothing of how fast it goes.
  const int64_t left = std::max<int64_t>(row.block->end.value - now.value, 0);
  BurnRate rate;
  rate.minutes_left = left / kMinuteMicros;
  rate.tokens_per_minute = Scaled(row.total_tokens, kMinuteMicros, used);
  rate.nano_usd_per_hour = Scaled(row.cost_nano_usd, kHourMicros, used);
  rate.projected_tokens = row.total_tokens + Scaled(row.total_tokens, left, used);
  rate.projected_nano_usd = row.cost_nano_usd + Scaled(row.cost_nano_usd, left, used);
  return rate;
}

}  // namespace

std::vector<TimeUs> BlockBegins(std::span<const HourOfUse> hours) {
  std::vector<TimeUs> begins;
  TimeUs last{};
  for (const HourOfUse& hour : hours) {
    const bool same = !begins.empty() && hour.first.value - begins.back().value < kBlockMicros &&
                      hour.first.value - last.value <= kBlockMicros;
    begins.push_back(same ? begins.back()
                          : TimeUs{FloorDiv(hour.first.value, kHourMicros) * kHourMicros});
    last = hour.last;
  }
  return begins;
}

std::string LocalMinute(const TimeZone& zone, TimeUs time) {
  const int64_t seconds = FloorDiv(time.value, 1'000'000);
  const TimeUs local{(seconds + zone.OffsetAt(seconds)) * 1'000'000};
  std::string text = local.ToString().substr(0, 16);
  text[10] = ' ';
  return text;
}

void TellActiveBlock(UsageReport& report, const TimeZone& zone, TimeUs now) {
  std::vector<UsageRow> rows;
  for (UsageRow& row : report.rows) {
    const UsageBlock* before = rows.empty() || !rows.back().block ? nullptr : &*rows.back().block;
    const bool far = before != nullptr && row.block &&
                     row.block->first.value - before->last.value > kBlockMicros;
    if (far) rows.push_back(GapBetween(*before, *row.block, zone));
    rows.push_back(std::move(row));
  }
  report.rows = std::move(rows);
  if (report.rows.empty() || !report.rows.back().block) return;
  UsageRow& newest = report.rows.back();
  const bool active =
      now < newest.block->end && now.value - newest.block->last.value < kBlockMicros;
  if (!active) return;
  newest.block->state = UsageBlock::State::kActive;
  report.burn_rate = RateOf(newest, now);
}

}  // namespace firn::lakehouse
