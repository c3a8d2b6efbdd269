// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/lakehouse/rows.h"

namespace firn::cli {

enum class Format { kTable, kJson, kJsonLines, kCsv, kMarkdown, kParquet };

/// The format of a name ("jsonl"), if there is one.
std::optional<Format> FormatNamed(std::string_view name);
/// The names there are.
std::vector<std::string> FormatNameList();
/// The same in one text: "table, json, ...".
std::string FormatNames();

/// One field of a report: what a program reads and what a person sees.
struct Field {
  Json value;
  std::string shown;
  const char* type = "VARCHAR";  ///< In Parquet, as `lakehouse::WriteParquetRows` names types.

  static Field Text(std::string text);
  /// A count: `1234567` in JSON, "1,234,567" on screen.
  static Field Count(int64_t number);
  /// A 64-bit id: a string in JSON, since not every reader keeps 64 bits.
  static Field Id(int64_t number);
  /// A size: bytes in JSON, "1.2 MB" on screen.
  static Field Size(int64_t bytes);
  /// Money in billionths of a dollar: an exact decimal string in JSON, "$1.23" on screen.
  static Field Money(int64_t nano_usd);
  /// An instant, as ISO 8601 writes it: in full in JSON, to the second on screen.
  static Field Time(const std::string& iso);
  static Field List(const std::vector<std::string>& items);
  static Field None();
  /// What nobody knows: null in JSON, "-" on screen.
  static Field Unknown();
};

/// Where text that is too long for its column is cut.
enum class Cut {
  kEnd,
  kMiddle,  ///< For paths and ids: their last part tells them apart.
};

/// A text column of this `narrow_to` gives way only when nothing else is left to leave out.
inline constexpr int kWhole = 1000;

/// A column of a report. When the screen is narrow, heads break into two lines, texts are narrowed
/// to `narrow_to`, and columns of the largest `rank` go first, all of one rank together.
struct ReportColumn {
  std::string key;    ///< In JSON and CSV; stays as it is.
  std::string title;  ///< On screen; may break at a blank.
  bool right = false;
  int rank = 0;  ///< 0: never left out. Others are left out of a table where no row has a value.
  int narrow_to = 24;
  Cut cut = Cut::kEnd;
};

/// Columns up to this rank are worth shortening counts for.
inline constexpr int kKeptRank = 3;

/// What a verb prints, apart from how: a table with totals and what one should know about it.
/// JSON is the envelope {"schema", "data", "totals", "meta"}; only additions change it.
struct Report {
  std::string schema;  ///< "firn.usage/1"
  std::vector<ReportColumn> columns;
  std::vector<std::vector<Field>> rows;
  std::optional<std::vector<Field>> totals;
  Json meta = Json(Json::Object());
  std::string empty_message;  ///< Shown instead of a table without rows.
  /// On a screen too narrow for the columns of `kKeptRank` and below, counts are shown as "26.1M"
  /// before any of those is left out.
  bool may_shorten_counts = false;
};

/// Renders a report as text, so not as Parquet; `width` is that of the screen (tables only).
std::string Render(const Report& report, Format format, int width);

/// How many columns a table of that width shows.
size_t ColumnsShown(const Report& report, int width);

/// Writes a report as a Parquet file. Errors: those of the sink.
Status WriteParquet(const Report& report, const lakehouse::ByteSink& sink);

/// "9,999", "136.6k", "2.2B".
std::string ShortCount(int64_t number);

/// "1 row", "2,000 rows".
std::string Counted(int64_t number, std::string_view noun);

/// Breaks `text` into lines of at most `width` columns between words. Lines after the first begin
/// with `indent` blanks; with an indent, the first goes on with a line begun so far to the right.
std::string Wrapped(std::string_view text, int width, int indent = 0);

/// Cuts or pads UTF-8 `text` to `width` columns of the screen.
std::string FitText(std::string_view text, int width, bool right, Cut cut = Cut::kEnd);

/// Counts the columns that UTF-8 `text` takes on a screen (wide characters count twice).
int TextWidth(std::string_view text);

/// Replaces control characters (also escape sequences) so that data cannot drive the terminal.
std::string Printable(std::string_view text);

}  // namespace firn::cli
