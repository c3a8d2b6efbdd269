// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/usage_plot.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "firn/base/time.h"
#include "firn/cli/report.h"

namespace firn::cli {
namespace {

constexpr std::string_view kOthers = "others";
constexpr int kBarMin = 10;
constexpr std::array<std::string_view, 6> kColours = {"\033[34m", "\033[33m", "\033[32m",
                                                      "\033[35m", "\033[36m", "\033[37m"};
constexpr std::string_view kPlain = "\033[0m";
// Without colours models differ by pattern.
constexpr std::array<std::string_view, 6> kBlocks = {"█", "▓", "▒", "░", "▚", "·"};
constexpr std::array<std::string_view, 6> kSigns = {"#", "=", "+", "-", ":", "."};

// A stretch of one model's marks.
std::string Marks(size_t name, int count, const PlotScreen& screen) {
  if (count <= 0) return "";
  const size_t kind = std::min(name, kBlocks.size() - 1);
  const std::string_view mark = !screen.unicode  ? kSigns[kind]
                                : screen.colours ? kBlocks[0]
                                                 : kBlocks[kind];
  std::string out(screen.colours ? kColours[kind] : "");
  for (int at = 0; at < count; ++at)
    out += mark;
  return out.append(screen.colours ? kPlain : "");
}

// Parts end where their running sum says, so a bar is as long as its amount whatever its parts.
std::string BarText(const PlotBar& bar, int64_t amount_max, int room, const PlotScreen& screen) {
  std::string out;
  int64_t sum = 0;
  int drawn = 0;
  for (size_t name = 0; name < bar.parts.size(); ++name) {
    sum += bar.parts[name].amount;
    const double share = static_cast<double>(sum) / static_cast<double>(amount_max);
    int end = static_cast<int>(share * room + 0.5);
    if (end == 0 && sum > 0) end = 1;  // Little is not nothing.
    out += Marks(name, end - drawn, screen);
    drawn = std::max(drawn, end);
  }
  return out;
}

std::string LegendText(const UsagePlot& plot, const PlotScreen& screen) {
  std::map<std::string, int64_t> totals;
  for (const PlotBar& bar : plot.bars) {
    for (const PlotPart& part : bar.parts)
      totals[part.name] += part.amount;
  }
  std::string out;
  for (size_t name = 0; name < plot.names.size(); ++name) {
    const std::string amount = AmountText(totals[plot.names[name]], plot.is_cost);
    const int room = screen.width - 6 - static_cast<int>(amount.size());
    std::string shown = Printable(plot.names[name]);
    if (TextWidth(shown) > room && screen.unicode)
      shown = FitText(shown, room, false, Cut::kMiddle);
    if (TextWidth(shown) > room) shown.resize(static_cast<size_t>(std::max(room, 0)));
    out += "  " + Marks(name, 2, screen) + " " + shown + " " + amount + "\n";
  }
  return out;
}

int64_t AmountOf(const lakehouse::UsageRow& row, bool is_cost) {
  return is_cost ? row.cost_nano_usd : row.total_tokens;
}

std::string NameOf(const lakehouse::UsageRow& row) {
  return row.models.empty() ? "no model named" : row.models.front();
}

// Days on which nothing was used have a place too, unless a fortnight and more of them follow each
// other.
void FillDays(UsagePlot& plot) {
  constexpr int32_t kDaysMax = 14;
  std::vector<PlotBar> filled;
  std::optional<int32_t> before;
  for (PlotBar& bar : plot.bars) {
    const auto day = ParseDate(bar.key);
    if (day && before && *day - *before <= kDaysMax) {
      for (int32_t empty = *before + 1; empty < *day; ++empty)
        filled.push_back({FormatDate(empty), {}});
    }
    if (day) before = *day;
    filled.push_back(std::move(bar));
  }
  plot.bars = std::move(filled);
}

}  // namespace

int64_t PlotBar::amount() const {
  int64_t sum = 0;
  for (const PlotPart& part : parts)
    sum += part.amount;
  return sum;
}

std::string AmountText(int64_t amount, bool is_cost) {
  return is_cost ? Field::Money(amount).shown : ShortCount(amount);
}

UsagePlot PlotOf(const lakehouse::UsageReport& usage, size_t names_max) {
  UsagePlot plot;
  plot.is_cost = usage.totals.cost_nano_usd > 0;
  std::map<std::string, int64_t> totals;
  for (const lakehouse::UsageRow& row : usage.rows)
    totals[NameOf(row)] += AmountOf(row, plot.is_cost);
  std::erase_if(totals, [](const auto& entry) { return entry.second <= 0; });
  for (const auto& [name, amount] : totals)
    plot.names.push_back(name);
  std::ranges::stable_sort(plot.names, std::greater<>(),
                           [&](const auto& name) { return totals[name]; });
  if (plot.names.size() > names_max) {
    plot.names.resize(names_max - 1);
    plot.names.emplace_back(kOthers);
  }
  for (const lakehouse::UsageRow& row : usage.rows) {
    if (plot.bars.empty() || plot.bars.back().key != row.key) {
      plot.bars.push_back({row.key, {}});
      for (const std::string& name : plot.names)
        plot.bars.back().parts.push_back({name, 0});
    }
    const int64_t amount = AmountOf(row, plot.is_cost);
    if (amount <= 0) continue;
    const auto found = std::ranges::find(plot.names, NameOf(row));
    const auto place =
        std::min(found - plot.names.begin(), static_cast<std::ptrdiff_t>(plot.names.size()) - 1);
    plot.bars.back().parts[static_cast<size_t>(place)].amount += amount;
  }
  // Calls without a time, where they took nothing.
  std::erase_if(plot.bars,
                [](const PlotBar& bar) { return bar.key.starts_with('(') && bar.amount() == 0; });
  if (usage.request.period == lakehouse::UsagePeriod::kDaily) FillDays(plot);
  return plot;
}

std::string PlotText(const UsagePlot& plot, const PlotScreen& screen) {
  int key_width = 0, amount_width = 0;
  int64_t amount_max = 1;
  for (const PlotBar& bar : plot.bars) {
    key_width = std::max(key_width, TextWidth(bar.key));
    const std::string amount = AmountText(bar.amount(), plot.is_cost);
    amount_width = std::max(amount_width, TextWidth(amount));
    amount_max = std::max(amount_max, bar.amount());
  }
  const int room = std::max(kBarMin, screen.width - key_width - amount_width - 4);
  std::string out;
  for (const PlotBar& bar : plot.bars) {
    out += FitText(bar.key, key_width, false) + "  " +
           FitText(AmountText(bar.amount(), plot.is_cost), amount_width, true);
    const std::string drawn = BarText(bar, amount_max, room, screen);
    out += (drawn.empty() ? "" : "  ") + drawn + "\n";
  }
  return out + "\n" + LegendText(plot, screen);
}

}  // namespace firn::cli
