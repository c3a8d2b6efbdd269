// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/timezone.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "firn/base/time.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kZones = "/usr/share/zoneinfo/";

bool IsZone(const std::string& name) {
  std::error_code error;
  return !name.empty() && name.find("..") == std::string::npos && name[0] != '/' &&
         fs::is_regular_file(std::string(kZones) + name, error);
}

}  // namespace

std::string LocalTimezone(std::string_view tz) {
  if (!tz.empty() && tz.front() == ':') tz.remove_prefix(1);
  if (const std::string named(tz); IsZone(named)) return named;
  if (!tz.empty()) return "UTC";
  std::error_code error;
  const std::string link = fs::read_symlink("/etc/localtime", error).string();
  const size_t at = link.find("zoneinfo/");
  if (error || at == std::string::npos) return "UTC";
  const std::string name = link.substr(at + std::string_view("zoneinfo/").size());
  return IsZone(name) && name != "Etc/UTC" ? name : "UTC";
}

Result<TimeZone> LoadTimezone(const std::string& name) {
  if (name == "UTC") return TimeZone();
  if (!IsZone(name)) {
    return InvalidArgument("no such time zone", name)
        .WithHint("a name such as Europe/Berlin; the ones there are lie under " +
                  std::string(kZones));
  }
  std::ifstream file(std::string(kZones) + name, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  auto zone = TimeZone::Parse(bytes.str());
  if (!zone.has_value()) return std::move(zone).error().Within(std::string(kZones) + name);
  return zone;
}

Result<std::optional<int64_t>> DayBegin(const std::string& day, int32_t days_later,
                                        const TimeZone& zone) {
  constexpr int64_t kSecondsOfDay = 86'400;
  if (day.empty()) return std::optional<int64_t>();
  FIRN_ASSIGN(const int32_t number, ParseDate(day));
  const int64_t local = (int64_t{number} + days_later) * kSecondsOfDay;
  return std::optional(zone.ToUtc(local) * 1'000'000);
}

}  // namespace firn::lakehouse
