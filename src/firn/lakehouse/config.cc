// SPDX-License-Identifier: Apache-2.0
//
// The wall around toml++: its exceptions become errors here.

#include "firn/lakehouse/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <toml++/toml.h>

#include "firn/datafile/column_kinds.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/arrow_fs/object_location.h"
#include "firn/io/location.h"

namespace firn::lakehouse {
namespace {

namespace privacy = conversations::privacy;

// Where a value stands, for messages: "firn.toml:3: storage.parquet.batch_size".
struct Place {
  std::string_view file;
  std::string key;
  const toml::node& node;

  Error Wrong(std::string_view wanted) const {
    return InvalidArgument(std::string(file) + ":" + std::to_string(node.source().begin.line) +
                           ": " + key + " must be " + std::string(wanted));
  }
};

Status SetText(const Place& at, std::string& target) {
  const auto text = at.node.value_exact<std::string>();
  if (!text) return at.Wrong("a text in quotes");
  target = *text;
  return Ok();
}

Status SetSize(const Place& at, int64_t& target) {
  if (const auto number = at.node.value_exact<int64_t>()) {
    if (*number <= 0) return at.Wrong("more than 0");
    target = *number;
    return Ok();
  }
  const auto text = at.node.value_exact<std::string>();
  if (!text) return at.Wrong("a size such as \"1GB\"");
  const auto size = ParseSize(*text);
  if (!size.has_value()) return at.Wrong("a size such as \"1GB\"");
  target = *size;
  return Ok();
}

Status SetDuration(const Place& at, Millis& target) {
  const auto text = at.node.value_exact<std::string>();
  const auto duration = text ? ParseDuration(*text) : Result<Millis>(InvalidArgument(""));
  if (!duration.has_value()) return at.Wrong("a time such as \"5m\"");
  target = *duration;
  return Ok();
}

Status SetScale(const Place& at, std::string& target) {
  FIRN_TRY(SetText(at, target));
  const std::vector<std::string_view> scales = {"initial", "medium", "large", "massive"};
  if (std::find(scales.begin(), scales.end(), target) == scales.end()) {
    return at.Wrong("initial, medium, large or massive");
  }
  return Ok();
}

Status SetFormat(const Place& at, int& target) {
  const auto number = at.node.value_exact<int64_t>();
  if (!number || *number < 1) return at.Wrong("a whole number");
  if (*number > kLakeFormat) {
    return Unsupported("the lake is of format " + std::to_string(*number) +
                       ", this firn knows formats up to " + std::to_string(kLakeFormat))
        .WithHint("install the firn that made it, or a newer one; nothing was changed");
  }
  target = static_cast<int>(*number);
  return Ok();
}

bool IsCompression(std::string_view text) {
  return datafile::ParseCompression(text).has_value();
}

constexpr std::string_view kCompressionWanted =
    "a codec such as \"zstd\", \"snappy\" or \"zstd:9\"";

Status SetCompression(const Place& at, std::string& target) {
  FIRN_TRY(SetText(at, target));
  return IsCompression(target) ? Ok() : Status(at.Wrong(kCompressionWanted));
}

Status SetOverrides(const Place& at, std::map<std::string, std::string>& target) {
  const toml::table* table = at.node.as_table();
  if (table == nullptr) return at.Wrong("a table of column = \"codec\"");
  for (const auto& [column, codec] : *table) {
    const Place place{at.file, at.key + "." + std::string(column.str()), codec};
    FIRN_TRY(SetCompression(place, target[std::string(column.str())]));
    const std::string_view type = TypeOfOverride(column.str());
    if (!type.empty() && !datafile::IsTypeName(type)) {
      return place.Wrong("about a type there is, such as \"type:string\"");
    }
  }
  return Ok();
}

Status SetWarehouse(const Place& at, std::string& target) {
  FIRN_TRY(SetText(at, target));
  const bool whole = io::IsObjectLocation(target) || io::LocalPath(target);
  if (!whole) return at.Wrong("a location such as \"s3://bucket/lake\"");
  return Ok();
}

Status SetStore(const Place& at, LakeConfig& config, const std::string& property) {
  return SetText(at, config.stores[property]);
}

Status SetTruth(const Place& at, bool& target) {
  const auto truth = at.node.value_exact<bool>();
  if (!truth) return at.Wrong("true or false");
  target = *truth;
  return Ok();
}

Status SetPathStyle(const Place& at, LakeConfig& config) {
  bool truth = false;
  FIRN_TRY(SetTruth(at, truth));
  config.stores["s3.path-style-access"] = truth ? "true" : "false";
  return Ok();
}

// One word for all secrets, e-mail addresses, ...
Status SetAction(const Place& at, privacy::Action& target) {
  const auto text = at.node.value_exact<std::string>();
  const auto action =
      text ? privacy::ParseAction(*text) : Result<privacy::Action>(InvalidArgument(""));
  if (!action.has_value()) return at.Wrong("keep, mask, hash, encrypt or drop");
  target = *action;
  return Ok();
}

template <privacy::Kind kind>
Status SetKind(const Place& at, LakeConfig& config) {
  return SetAction(at, config.privacy.policy.by_kind[kind]);
}

template <privacy::Kind kind>
Status SetExport(const Place& at, LakeConfig& config) {
  return SetAction(at, config.privacy.exports[kind]);
}

// A shorter one would be found in every other word; a longer one is no name.
constexpr size_t kNameBytesMin = 2;
constexpr size_t kNameBytesMax = 100;
constexpr size_t kNamesMax = 100;

Status SetNames(const Place& at, std::vector<std::string>& target) {
  const toml::array* names = at.node.as_array();
  if (names == nullptr) return at.Wrong("a list such as [\"Ada Lovelace\"]");
  if (names->size() > kNamesMax) return at.Wrong("at most 100 names");
  target.clear();
  for (const toml::node& node : *names) {
    const Place place{at.file, at.key, node};
    FIRN_TRY(SetText(place, target.emplace_back()));
    const size_t size = target.back().size();
    if (size < kNameBytesMin || size > kNameBytesMax) {
      return place.Wrong("a list of names of 2 to 100 bytes");
    }
  }
  return Ok();
}

std::string ColumnsThatMayBeNamed() {
  std::string text = "about a column of silver's texts:";
  for (const std::string_view column : privacy::ColumnsWithPolicies())
    text += " " + std::string(column);
  return text;
}

// "silver.messages.content" = "hash"; without the quotes it reads as tables in tables.
Status AddColumns(const Place& at, const std::string& prefix, privacy::ColumnPolicy& target) {
  const toml::table* table = at.node.as_table();
  if (table == nullptr) return at.Wrong("a table of \"silver.messages.reasoning\" = \"drop\"");
  for (const auto& [key, node] : *table) {
    const std::string column = prefix + std::string(key.str());
    const Place place{at.file, "privacy.columns." + column, node};
    if (node.is_table()) {
      FIRN_TRY(AddColumns(place, column + ".", target));
      continue;
    }
    const auto known = privacy::ColumnsWithPolicies();
    if (std::ranges::find(known, column) == known.end()) {
      return place.Wrong(ColumnsThatMayBeNamed());
    }
    FIRN_TRY(SetAction(place, target[column]));
  }
  return Ok();
}

// Dollars, to the billionth of one.
Status SetDollars(const Place& at, int64_t& target) {
  constexpr double kMost = 1e9;
  const auto number = at.node.value<double>();
  if (!at.node.is_number() || !number || !(*number > 0 && *number < kMost)) {
    return at.Wrong("an amount of US dollars, such as 20 or 12.5");
  }
  target = std::llround(*number * 1e9);
  return Ok();
}

Status AddBudget(const Place& at, LakeConfig& config, Budget budget) {
  FIRN_TRY(SetDollars(at, budget.nano_usd));
  config.budgets.push_back(std::move(budget));
  return Ok();
}

template <UsagePeriod period>
Status SetBudget(const Place& at, LakeConfig& config) {
  return AddBudget(at, config, {period, {}, {}, 0});
}

// Budgets by the name of a platform or project, each a table of periods.
template <std::string Budget::*name>
Status SetBudgetsOf(const Place& at, LakeConfig& config) {
  constexpr std::string_view kWanted = "a table such as { claude_code = { daily = 20 } }";
  constexpr std::array<std::pair<std::string_view, UsagePeriod>, 3> kPeriods = {
      {{"daily", UsagePeriod::kDaily},
       {"weekly", UsagePeriod::kWeekly},
       {"monthly", UsagePeriod::kMonthly}}};
  const toml::table* names = at.node.as_table();
  if (names == nullptr) return at.Wrong(kWanted);
  for (const auto& [key, node] : *names) {
    const Place of{at.file, at.key + "." + std::string(key.str()), node};
    if (!node.is_table()) return of.Wrong("a table such as { daily = 20 }");
    for (const auto& [word, amount] : *node.as_table()) {
      const Place place{at.file, of.key + "." + std::string(word.str()), amount};
      const auto* const period =
          std::ranges::find(kPeriods, word.str(), &decltype(kPeriods)::value_type::first);
      if (period == kPeriods.end()) return place.Wrong("called daily, weekly or monthly");
      Budget budget{period->second, {}, {}, 0};
      budget.*name = key.str();
      FIRN_TRY(AddBudget(place, config, std::move(budget)));
    }
  }
  return Ok();
}

using Setter = Status (*)(const Place&, LakeConfig&);

struct KnownKey {
  ConfigKey key;
  Setter set;
};

const std::vector<KnownKey>& KnownKeys() {
  static const std::vector<KnownKey> keys = {
      {{"lake", "format", "Layout of the lake; written by firn", "1"},
       [](const Place& at, LakeConfig& c) { return SetFormat(at, c.lake_format); }},
      {{"lake", "scale", "How tables are partitioned: initial, medium, large, massive",
        "\"initial\""},
       [](const Place& at, LakeConfig& c) { return SetScale(at, c.scale); }},
      {{"lake", "warehouse", "Where the tables' files go; without it, into the lake's folder",
        "\"s3://bucket/lake\""},
       [](const Place& at, LakeConfig& c) { return SetWarehouse(at, c.warehouse); }},
      {{"lake", "timezone", "Zone of the days in reports", "\"Europe/Berlin\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.timezone); }},
      {{"user", "id", "Who the conversations belong to", "\"ada\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.user_id); }},
      {{"user", "email", "user_email in gold tables", "\"ada@example.org\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.user_email); }},
      {{"user", "tier", "user_tier in gold tables", "\"pro\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.user_tier); }},
      {{"storage.parquet", "max_file_size", "No data file grows beyond this", "\"50GB\""},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.max_file_size_bytes); }},
      {{"storage.parquet", "rotation_timeout", "A quiet stream becomes visible after this",
        "\"5m\""},
       [](const Place& at, LakeConfig& c) { return SetDuration(at, c.rotation_timeout); }},
      {{"storage.parquet", "batch_size", "Rows handled at a time", "10000"},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.batch_rows); }},
      {{"storage.parquet.compression", "default", "Codec of all columns, with a level or without",
        "\"zstd:3\""},
       [](const Place& at, LakeConfig& c) { return SetCompression(at, c.compression); }},
      {{"storage.parquet.compression", "column_overrides",
        "Codec by column, by pattern of names or by type",
        "{ content = \"zstd:9\", \"*_id\" = \"snappy\", \"type:binary\" = \"none\" }"},
       [](const Place& at, LakeConfig& c) { return SetOverrides(at, c.compression_overrides); }},
      {{"memory", "max_usage", "What everything that runs may take", "\"1GB\""},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.memory_max_bytes); }},
      {{"memory", "pool_size", "Of that, rows on their way from a source to the writer",
        "\"100MB\""},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.memory_pool_bytes); }},
      {{"privacy", "secret", "Keys, tokens and passwords: keep, mask, hash, encrypt, drop",
        "\"mask\""},
       SetKind<privacy::Kind::kSecret>},
      {{"privacy", "email", "E-mail addresses", "\"mask\""}, SetKind<privacy::Kind::kEmail>},
      {{"privacy", "phone", "Telephone numbers", "\"mask\""}, SetKind<privacy::Kind::kPhone>},
      {{"privacy", "iban", "Bank account numbers", "\"mask\""}, SetKind<privacy::Kind::kIban>},
      {{"privacy", "card", "Payment card numbers", "\"mask\""}, SetKind<privacy::Kind::kCard>},
      {{"privacy", "ip", "Public addresses of machines", "\"keep\""}, SetKind<privacy::Kind::kIp>},
      {{"privacy", "name", "Names of persons: of the account, of git, and `names`", "\"mask\""},
       SetKind<privacy::Kind::kName>},
      {{"privacy", "account", "Names of accounts, which are in every path below a home",
        "\"keep\""},
       SetKind<privacy::Kind::kAccount>},
      {{"privacy", "candidate", "What may be a secret, but only a person can tell", "\"keep\""},
       [](const Place& at, LakeConfig& c) { return SetAction(at, c.privacy.policy.candidates); }},
      {{"privacy", "names", "Names to look for beside those that are found",
        "[\"Ada Lovelace\", \"Byron\"]"},
       [](const Place& at, LakeConfig& c) { return SetNames(at, c.privacy.policy.names); }},
      {{"privacy", "before_storage", "Whether bronze is cleaned, too, before anything is written",
        "false"},
       [](const Place& at, LakeConfig& c) { return SetTruth(at, c.privacy.before_storage); }},
      {{"privacy", "columns", "What becomes of whole columns of silver",
        "{ \"silver.messages.reasoning\" = \"drop\" }"},
       [](const Place& at, LakeConfig& c) { return AddColumns(at, "", c.privacy.columns); }},
      {{"privacy.export", "secret", "Secrets in training sets, where that differs", "\"drop\""},
       SetExport<privacy::Kind::kSecret>},
      {{"privacy.export", "email", "E-mail addresses there", "\"drop\""},
       SetExport<privacy::Kind::kEmail>},
      {{"privacy.export", "phone", "Telephone numbers there", "\"drop\""},
       SetExport<privacy::Kind::kPhone>},
      {{"privacy.export", "iban", "Bank account numbers there", "\"drop\""},
       SetExport<privacy::Kind::kIban>},
      {{"privacy.export", "card", "Payment card numbers there", "\"drop\""},
       SetExport<privacy::Kind::kCard>},
      {{"privacy.export", "ip", "Public addresses of machines there", "\"mask\""},
       SetExport<privacy::Kind::kIp>},
      {{"privacy.export", "name", "Names of persons there", "\"drop\""},
       SetExport<privacy::Kind::kName>},
      {{"privacy.export", "account", "Names of accounts there", "\"mask\""},
       SetExport<privacy::Kind::kAccount>},
      {{"budget", "daily", "US dollars a day, of which firn usage warns", "20"},
       SetBudget<UsagePeriod::kDaily>},
      {{"budget", "weekly", "A week, from Monday on", "100"}, SetBudget<UsagePeriod::kWeekly>},
      {{"budget", "monthly", "A month", "250.5"}, SetBudget<UsagePeriod::kMonthly>},
      {{"budget", "platform", "Of one platform: daily, weekly, monthly",
        "{ claude_code = { daily = 10 } }"},
       SetBudgetsOf<&Budget::platform>},
      {{"budget", "project", "Of one project, by its path",
        "{ \"/home/ada/snowfall\" = { weekly = 40 } }"},
       SetBudgetsOf<&Budget::project>},
      {{"embeddings", "endpoint",
        "Server to make embeddings, as OpenAI's; without it none is asked",
        "\"https://embeddings.example/v1/embeddings\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.embeddings.endpoint); }},
      {{"embeddings", "model", "Model of that server", "\"text-embedding-3-small\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.embeddings.model); }},
      {{"embeddings", "api_key_env", "Environment variable that holds the key for it",
        "\"OPENAI_API_KEY\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.embeddings.api_key_env); }},
      {{"embeddings", "dimensions", "Numbers of a vector; without it, as many as the model gives",
        "256"},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.embeddings.dimensions); }},
      {{"embeddings", "batch", "Texts in one request", "64"},
       [](const Place& at, LakeConfig& c) { return SetSize(at, c.embeddings.batch); }},
      {{"encryption", "key_file",
        "Master keys of encrypted tables, lines NAME = KEY; a path, from the lake's folder on",
        "\"/etc/firn/keys\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.encryption.key_file); }},
      {{"encryption", "key_command", "Program that prints the key that FIRN_KEY_ID names",
        "\"pass show firn/$FIRN_KEY_ID\""},
       [](const Place& at, LakeConfig& c) { return SetText(at, c.encryption.key_command); }},
      {{"io.s3", "endpoint", "Server, where it is not Amazon's; Iceberg's s3.endpoint",
        "\"http://127.0.0.1:9000\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "s3.endpoint"); }},
      {{"io.s3", "region", "s3.region; without it, the bucket's", "\"eu-central-1\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "s3.region"); }},
      {{"io.s3", "access_key", "s3.access-key-id; without it, AWS_ACCESS_KEY_ID, profile or role",
        "\"AKIA...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "s3.access-key-id"); }},
      {{"io.s3", "secret_key", "s3.secret-access-key", "\"...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "s3.secret-access-key"); }},
      {{"io.s3", "session_token", "s3.session-token, of temporary keys", "\"...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "s3.session-token"); }},
      {{"io.s3", "path_style", "s3.path-style-access; true with an endpoint, false without",
        "true"},
       SetPathStyle},
      {{"io.gcs", "endpoint", "gcs.service.host", "\"http://127.0.0.1:4443\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "gcs.service.host"); }},
      {{"io.gcs", "project", "gcs.project-id", "\"my-project\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "gcs.project-id"); }},
      {{"io.gcs", "token", "gcs.oauth2.token; without it, the application default credentials",
        "\"ya29...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "gcs.oauth2.token"); }},
      {{"io.azure", "account", "adls.account-name, where locations name none", "\"myaccount\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "adls.account-name"); }},
      {{"io.azure", "account_key", "adls.account-key; without it, the environment's credentials",
        "\"...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "adls.account-key"); }},
      {{"io.azure", "sas_token", "adls.sas-token", "\"?sv=...\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "adls.sas-token"); }},
      {{"io.azure", "endpoint", "adls.endpoint", "\"http://127.0.0.1:10000\""},
       [](const Place& at, LakeConfig& c) { return SetStore(at, c, "adls.endpoint"); }}};
  return keys;
}

std::string Joined(std::string_view section, std::string_view name) {
  return section.empty() ? std::string(name) : std::string(section) + "." + std::string(name);
}

bool IsSection(std::string_view path) {
  return std::any_of(KnownKeys().begin(), KnownKeys().end(), [&](const KnownKey& known) {
    return known.key.section == path ||
           known.key.section.substr(0, path.size() + 1) == std::string(path) + ".";
  });
}

Status ReadTable(const toml::table& table, std::string_view section, std::string_view file,
                 LakeConfig& config) {
  for (const auto& [key, node] : table) {
    const std::string path = Joined(section, key.str());
    const Place place{file, path, node};
    const auto known = std::find_if(
        KnownKeys().begin(), KnownKeys().end(),
        [&](const KnownKey& entry) { return Joined(entry.key.section, entry.key.name) == path; });
    if (known != KnownKeys().end()) {
      FIRN_TRY(known->set(place, config));
    } else if (node.is_table() && IsSection(path)) {
      FIRN_TRY(ReadTable(*node.as_table(), path, file, config));
    } else {
      return InvalidArgument(std::string(file) + ":" + std::to_string(key.source().begin.line) +
                             ": unknown key " + path)
          .WithHint("the keys there are: docs/reference/configuration.md");
    }
  }
  return Ok();
}

struct Unit {
  std::string_view name;
  int64_t factor;
};

// A number of units; whole units only, so that what is meant is exact.
template <size_t Count>
std::optional<int64_t> ParseWithUnit(std::string_view text, const Unit (&units)[Count]) {
  int64_t number = 0;
  size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && number < INT64_MAX / 10 - 9;
       ++at) {
    number = number * 10 + (text[at] - '0');
  }
  if (at == 0) return std::nullopt;
  while (at < text.size() && text[at] == ' ')
    ++at;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(at)) continue;
    if (number > INT64_MAX / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::string_view TypeOfOverride(std::string_view key) {
  constexpr std::string_view kType = "type:";
  return key.starts_with(kType) ? key.substr(kType.size()) : std::string_view();
}

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> list;
    for (const KnownKey& known : KnownKeys())
      list.push_back(known.key);
    return list;
  }();
  return keys;
}

Result<LakeConfig> ParseConfig(std::string_view text, std::string_view file) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return InvalidArgument(std::string(file) + ":" + std::to_string(error.source().begin.line) +
                           ": " + std::string(error.description()));
  }
  LakeConfig config;
  FIRN_TRY(ReadTable(table, "", file, config));
  return config;
}

std::string NewConfigText() {
  return "# A lake of Firn. Keys: docs/reference/configuration.md\n\n[lake]\nformat = " +
         std::to_string(kLakeFormat) + "\nscale = \"initial\"\n";
}

Result<int64_t> ParseSize(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1},
                                    {"B", 1},
                                    {"KB", 1000},
                                    {"kB", 1000},
                                    {"MB", 1'000'000},
                                    {"GB", 1'000'000'000},
                                    {"TB", 1'000'000'000'000},
                                    {"KiB", 1 << 10},
                                    {"MiB", 1 << 20},
                                    {"GiB", 1 << 30},
                                    {"TiB", int64_t{1} << 40}};
  const auto size = ParseWithUnit(text, kUnits);
  if (!size || *size == 0) return InvalidArgument("not a size (such as 512MB, 1GiB)", text);
  return *size;
}

Result<Millis> ParseDuration(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto duration = ParseWithUnit(text, kUnits);
  if (!duration) return InvalidArgument("not a time (such as 30s, 5m, 2h, 90d)", text);
  return Millis{*duration};
}

}  // namespace firn::lakehouse
