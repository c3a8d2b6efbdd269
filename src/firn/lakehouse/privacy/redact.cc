// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/privacy/redact.h"

#include <map>
#include <set>
#include <utility>

#include "firn/base/cipher.h"
#include "firn/conversations/privacy/escapes.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/conversations/privacy/scanner.h"
#include "firn/lakehouse/questions/lake_columns.h"

namespace firn::lakehouse {
namespace {

namespace privacy = conversations::privacy;

// What a rule found; secrets are told apart by their keyed digests.
struct Tally {
  const privacy::Rule* rule = nullptr;
  int64_t findings = 0;
  std::set<std::string> digests;
  std::set<std::string, std::less<>> conversations;
};

class Search {
 public:
  Search(privacy::Scanner scanner, const std::string& key)
      : scanner_(std::move(scanner)), key_(key) {}

  Status Take(const arrow::RecordBatch& rows) {
    FIRN_ASSIGN(const auto* ids, TypedColumn<arrow::StringArray>(rows, "conversation_id"));
    FIRN_ASSIGN(const auto* texts, TypedColumn<arrow::StringArray>(rows, "raw_payload"));
    FIRN_ASSIGN(const auto* bytes, TypedColumn<arrow::BinaryArray>(rows, "raw_bytes"));
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      // A slice whose bytes are no UTF-8 has them in the other column.
      const auto text = TextAt(*texts, row);
      if (!text && bytes->IsNull(row)) continue;
      FIRN_TRY(Look(ids->GetView(row), text ? *text : std::string_view(bytes->GetView(row))));
    }
    return Ok();
  }

  RedactionReport Report(const privacy::Policy& policy) const {
    RedactionReport report;
    report.bytes = bytes_;
    std::set<std::string_view> told;  // The rules of names share an id.
    for (const privacy::Rule& one : scanner_.rules()) {
      const auto found = tallies_.find(one.id);
      if (found == tallies_.end() || !told.insert(one.id).second) continue;
      const Tally& tally = found->second;
      const privacy::Rule& rule = *tally.rule;
      report.rows.push_back({std::string(rule.id), std::string(rule.meaning),
                             std::string(privacy::KindName(rule.kind)),
                             rule.tier == privacy::Tier::kDefinite,
                             std::string(privacy::ActionName(policy.For(rule))), tally.findings,
                             static_cast<int64_t>(tally.digests.size()),
                             static_cast<int64_t>(tally.conversations.size())});
    }
    return report;
  }

 private:
  Status Look(std::string_view conversation, std::string_view text) {
    bytes_ += static_cast<int64_t>(text.size());
    FIRN_ASSIGN(const auto findings, scanner_.Scan(text));
    for (const privacy::Finding& finding : findings) {
      if (privacy::IsInReplacement(text, finding.begin)) continue;  // Cleaned before storage.
      Tally& tally = tallies_[finding.rule->id];
      tally.rule = finding.rule;
      ++tally.findings;
      const std::string_view secret = text.substr(finding.begin, finding.end - finding.begin);
      tally.digests.insert(HmacSha256(key_, privacy::Unescape(secret)));
      if (!tally.conversations.contains(conversation)) tally.conversations.emplace(conversation);
    }
    return Ok();
  }

  privacy::Scanner scanner_;
  const std::string& key_;
  std::map<std::string_view, Tally> tallies_;  // By the rule's id.
  int64_t bytes_ = 0;
};

}  // namespace

Result<RedactionReport> FindSecretsOf(catalog::Catalog& catalog, io::FileIO& files,
                                      const privacy::Policy& policy, const std::string& key) {
  FIRN_ASSIGN(privacy::Scanner scanner, privacy::Scanner::Make(policy.people()));
  Search search(std::move(scanner), key);
  const ColumnScan scan{
      "bronze.conversations", {"conversation_id", "raw_payload", "raw_bytes"}, {}};
  FIRN_TRY(ForEachBatch(catalog, files, scan,
                        [&](const arrow::RecordBatch& rows) { return search.Take(rows); }));
  return search.Report(policy);
}

Result<std::string> RedactText(std::string text, const privacy::Policy& policy, std::string key) {
  FIRN_ASSIGN(privacy::Redactor redactor, privacy::Redactor::Make(policy, std::move(key)));
  FIRN_TRY(redactor.Redact(text));
  return text;
}

}  // namespace firn::lakehouse
