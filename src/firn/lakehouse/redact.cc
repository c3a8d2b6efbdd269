// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/redact.h"

#include <set>
#include <utility>
#include <vector>

#include "firn/base/cipher.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/conversations/privacy/scanner.h"
#include "firn/lakehouse/lake_columns.h"

namespace firn::lakehouse {
namespace {

namespace privacy = conversations::privacy;

// What a rule found; secrets are told apart by their keyed digests.
struct Tally {
  int64_t findings = 0;
  std::set<std::string> digests;
  std::set<std::string, std::less<>> conversations;
};

class Search {
 public:
  Search(privacy::Scanner scanner, const std::string& key)
      : scanner_(std::move(scanner)), key_(key), tallies_(privacy::ShippedRules().size()) {}

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
    for (size_t at = 0; at < tallies_.size(); ++at) {
      const Tally& tally = tallies_[at];
      if (tally.findings == 0) continue;
      const privacy::Rule& rule = privacy::ShippedRules()[at];
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
      Tally& tally = tallies_[static_cast<size_t>(finding.rule - privacy::ShippedRules().data())];
      ++tally.findings;
      tally.digests.insert(
          HmacSha256(key_, text.substr(finding.begin, finding.end - finding.begin)));
      if (!tally.conversations.contains(conversation)) tally.conversations.emplace(conversation);
    }
    return Ok();
  }

  privacy::Scanner scanner_;
  const std::string& key_;
  std::vector<Tally> tallies_;  // By rule.
  int64_t bytes_ = 0;
};

}  // namespace

Result<RedactionReport> FindSecretsOf(catalog::Catalog& catalog, io::FileIO& files,
                                      const privacy::Policy& policy, const std::string& key) {
  FIRN_ASSIGN(privacy::Scanner scanner, privacy::Scanner::Make(privacy::ShippedRules()));
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
