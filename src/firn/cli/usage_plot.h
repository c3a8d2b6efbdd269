// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// A part of a bar: one model, or what is left of all that have no part of their own.
struct PlotPart {
  std::string name;
  int64_t amount = 0;
};

/// A bar for a day, week or month.
struct PlotBar {
  std::string key;
  std::vector<PlotPart> parts;  ///< In the order of `UsagePlot::names`; of each name one.
  int64_t amount() const;
};

/// Usage by time and model, ready to be drawn.
struct UsagePlot {
  bool is_cost = true;             ///< Else tokens: where nothing has a price.
  std::vector<std::string> names;  ///< Those that took most first; the last may be "others".
  std::vector<PlotBar> bars;       ///< As time goes by.
};

/// Sums a report by time and model (`UsageRequest::by_model`) into bars with at most `names_max`
/// names.
UsagePlot PlotOf(const lakehouse::UsageReport& usage, size_t names_max);

/// "$1.23", or "26.1M" for tokens.
std::string AmountText(int64_t amount, bool is_cost);

/// How a screen shows a plot.
struct PlotScreen {
  int width = 80;
  bool colours = false;
  bool unicode = true;
};

/// Draws bars from left to right, one a line, each model in its colour or pattern.
std::string PlotText(const UsagePlot& plot, const PlotScreen& screen);

}  // namespace firn::cli
