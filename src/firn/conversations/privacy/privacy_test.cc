// SPDX-License-Identifier: Apache-2.0
//
// Secrets here are made while the test runs, none is written down.

#include <map>
#include <random>
#include <string>
#include <vector>

#include "firn/base/cipher.h"
#include "firn/base/json.h"
#include "firn/base/testing.h"
#include "firn/conversations/privacy/checks.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/conversations/privacy/scanner.h"

namespace firn::conversations::privacy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kAlnum =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string Random(std::string_view alphabet, size_t size, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::string text;
  for (size_t at = 0; at < size; ++at)
    text.push_back(alphabet[random() % alphabet.size()]);
  return text;
}

// A secret for each rule, by its id.
std::map<std::string, std::string> Examples() {
  return {
      {"anthropic-api-key", "sk-ant-api03-" + Random(kAlnum, 93) + "AA"},
      {"openai-api-key", "sk-proj-" + Random(kAlnum, 74)},
      {"openrouter-api-key", "sk-or-v1-" + Random(kHex, 64)},
      {"openai-legacy-key", "sk-" + Random(kAlnum, 48)},
      {"huggingface-token", "hf_" + Random(kAlnum, 34)},
      {"groq-api-key", "gsk_" + Random(kAlnum, 52)},
      {"xai-api-key", "xai-" + Random(kAlnum, 80)},
      {"perplexity-api-key", "pplx-" + Random(kAlnum, 48)},
      {"replicate-api-token", "r8_" + Random(kAlnum, 37)},
      {"aws-access-key-id", "AKIA" + Random(kUpper, 16)},
      {"aws-bedrock-key", "ABSK" + Random(kAlnum, 120)},
      {"gcp-api-key", "AIza" + Random(kAlnum, 35)},
      {"gcp-oauth-token", "ya29." + Random(kAlnum, 120)},
      {"azure-client-secret", "abc8Q~" + Random(kAlnum, 34)},
      {"digitalocean-token", "dop_v1_" + Random(kHex, 64)},
      {"databricks-token", "dapi" + Random(kHex, 32)},
      {"flyio-token", "fo1_" + Random(kAlnum, 43)},
      {"flyio-macaroon", "fm2_" + Random(kAlnum, 200)},
      {"heroku-api-key", "HRKU-AA" + Random(kAlnum, 58)},
      {"github-pat", "ghp_" + Random(kAlnum, 36)},
      {"github-fine-grained-pat", "github_pat_" + Random(kAlnum, 82)},
      {"gitlab-token", "glpat-" + Random(kAlnum, 20)},
      {"npm-token", "npm_" + Random(kAlnum, 36)},
      {"pypi-token", "pypi-AgEIcHlwaS5vcmc" + Random(kAlnum, 90)},
      {"rubygems-token", "rubygems_" + Random(kHex, 48)},
      {"docker-token", "dckr_pat_" + Random(kAlnum, 27)},
      {"slack-token", "xoxb-" + Random("0123456789", 12) + "-" + Random(kAlnum, 24)},
      {"slack-app-token",
       "xapp-1-A" + Random(kUpper, 10) + "-" + Random("0123456789", 13) + "-" + Random(kHex, 64)},
      {"slack-webhook", "hooks.slack.com/services/" + Random(kAlnum, 44)},
      {"discord-webhook",
       "discord.com/api/webhooks/" + Random("123456789", 18) + "/" + Random(kAlnum, 68)},
      {"telegram-bot-token", Random("123456789", 9) + ":AA" + Random(kAlnum, 33)},
      {"stripe-key", "sk_live_" + Random(kAlnum, 24)},
      {"sendgrid-token", "SG." + Random(kAlnum, 22) + "." + Random(kAlnum, 43)},
      {"twilio-key", "SK" + Random(kHex, 32)},
      {"mailgun-key", "key-" + Random(kHex, 32)},
      {"shopify-token", "shpat_" + Random(kHex, 32)},
      {"notion-token", "ntn_" + Random("0123456789", 11) + Random(kAlnum, 35)},
      {"linear-key", "lin_api_" + Random(kAlnum, 40)},
      {"grafana-token", "glsa_" + Random(kAlnum, 32)},
      {"vault-token", "hvs." + Random(kAlnum, 95)},
      {"terraform-token", Random(kAlnum, 14) + ".atlasv1." + Random(kAlnum, 64)},
      {"doppler-token", "dp.pt." + Random(kAlnum, 43)},
      {"newrelic-key", "NRAK-" + Random(kUpper, 27)},
      {"sentry-token", "sntrys_" + Random(kAlnum, 80)},
      {"planetscale-token", "pscale_tkn_" + Random(kAlnum, 43)},
      {"age-secret-key", "AGE-SECRET-KEY-1" + Random(kUpper, 58)},
      {"private-key", "-----BEGIN RSA PRIVATE KEY-----\n" + Random(kAlnum, 400) +
                          "\n-----END RSA PRIVATE KEY-----"},
      {"jwt", "eyJhbGciOiJIUzI1NiJ9.ey" + Random(kAlnum, 60) + "." + Random(kAlnum, 43)},
      {"email", "ada.lovelace+notes@analytical-engine.co.uk"},
      {"iban", "GB82 WEST 1234 5698 7654 32"},
      {"card-number", "4111 1111 1111 1111"},
      {"phone", "+49 (0)30 1234567"},
  };
}

// Those whose secret is behind words that stay.
struct Assigned {
  std::string rule, before, secret, after;
};
std::vector<Assigned> AssignedExamples() {
  return {
      {"aws-secret-access-key", "AWS_SECRET_ACCESS_KEY=", Random(kAlnum, 40), ""},
      {"azure-storage-key", "AccountName=a;AccountKey=", Random(kAlnum, 86) + "==", ";Endpoint=b"},
      {"azure-api-key", "api-key: ", Random(kHex, 32), "\r\n"},
      {"authorization-header", "-H 'Authorization: Bearer ", Random(kAlnum, 40), "'"},
      {"url-password", "postgres://ada:", Random(kAlnum, 14), "@db.analytical.io/engine"},
      {"assigned-secret", "\"client_secret\": \"", Random(kAlnum, 32), "\""},
  };
}

class Redaction : public ::testing::Test {
 protected:
  std::vector<std::string> Found(std::string_view text) {
    std::vector<std::string> found;
    const auto findings = scanner_.Scan(text);
    EXPECT_THAT(findings, IsOk());
    for (const Finding& finding : *findings) {
      found.push_back(std::string(finding.rule->id) + "=" +
                      std::string(text.substr(finding.begin, finding.end - finding.begin)));
    }
    return found;
  }

  std::string Redacted(std::string text, Policy policy = MaskingPolicy()) {
    Redactor redactor(scanner_.Copy().value(), std::move(policy), key_);
    EXPECT_THAT(redactor.Redact(text), IsOk());
    return text;
  }

  const std::string key_ = std::string(kCipherKeyBytes, 'k');
  Scanner scanner_ = Shared().Copy().value();

 private:
  static const Scanner& Shared() {
    static const Scanner kScanner = Scanner::Make().value();
    return kScanner;
  }
};

TEST_F(Redaction, EveryRuleHasAnExampleAndFindsIt) {
  std::map<std::string, std::string> examples = Examples();
  std::map<std::string, bool> tried;
  for (const auto& [rule, secret] : examples) {
    EXPECT_THAT(Found("See " + secret + " for it."), ElementsAre(rule + "=" + secret));
    EXPECT_THAT(Found("{\"a\":\"" + secret + "\"}"), ElementsAre(rule + "=" + secret));
    EXPECT_THAT(Found(secret), ElementsAre(rule + "=" + secret));
    tried[rule] = true;
  }
  for (const Assigned& one : AssignedExamples()) {
    EXPECT_THAT(Found(one.before + one.secret + one.after),
                ElementsAre(one.rule + "=" + one.secret));
    tried[one.rule] = true;
  }
  tried["ip-address"] = true;  // Below.
  EXPECT_TRUE(RuleSet().rules().size() == ShippedRules().size());
  for (const Rule& rule : ShippedRules())
    EXPECT_TRUE(tried.contains(std::string(rule.id))) << rule.id;
}

TEST_F(Redaction, WhatIsCutShortIsNoSecret) {
  for (const auto& [rule, secret] : Examples()) {
    if (rule == "email" || rule == "phone")
      continue;  // Shorter ones are addresses and numbers too.
    const std::string cut = secret.substr(0, secret.size() / 3);
    EXPECT_THAT(Found("See " + cut + " for it."), IsEmpty());
  }
}

TEST_F(Redaction, LeavesWhatOnlyLooksLikeIt) {
  const std::vector<std::string> harmless = {
      "apim-request-id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      "\"token\": \"3f2504e0-4f89-11d3-9a0c-0305e82c3301\"",
      "api_key = \"your-api-key-goes-here-123\"",
      "password: \"${DB_PASSWORD_FROM_VAULT1}\"",
      "const token = \"getTokenFromProvider\"",
      "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "git@github.com:ada/engine.git",
      "npm install left-pad@1.3.0 @types/node@20.1.1",
      "someone@example.com wrote, noreply@github.com did not",
      "20240328183338 0.57142857142857 1762335000000 4111 1111 1111 1112",
      "GB82 WEST 1234 5698 7654 33",
      "127.0.0.1 10.1.2.3 192.168.0.7 version 1.2.3.4 203.0.113.9 999.1.1.1",
      "postgres://ada:password@localhost/engine",
      "https://example.org:8080/@ada",
      "-----BEGIN PUBLIC KEY-----\n" + Random(kAlnum, 300) + "\n-----END PUBLIC KEY-----",
      "SKIPPED key-value sk-learn AKIATEST",
  };
  for (const std::string& text : harmless)
    EXPECT_THAT(Found(text), IsEmpty()) << text;
}

TEST_F(Redaction, FindsTokensThatHoldAPlaceholdersLettersByChance) {
  const std::string token = Random(kAlnum, 30) + "aTestxNullq" + Random(kAlnum, 30, 8);
  EXPECT_THAT(Found("Authorization: Bearer " + token),
              ElementsAre("authorization-header=" + token));
  EXPECT_THAT(Found("Authorization: Bearer your-test-token-1234"), IsEmpty());
}

TEST_F(Redaction, TellsNumbersApartThatFollowEachOther) {
  EXPECT_THAT(Found("pay DE89370400440532013000 4111 1111 1111 1111 123"),
              ElementsAre("iban=DE89370400440532013000", "card-number=4111 1111 1111 1111"));
}

TEST_F(Redaction, FindsAddressesOfMachines) {
  EXPECT_THAT(Found("ping 93.184.216.34."), ElementsAre("ip-address=93.184.216.34"));
  EXPECT_THAT(Redacted("ping 93.184.216.34"), "ping 93.184.216.34");
}

TEST_F(Redaction, OfOverlappingFindingsTheFirstRuleCounts) {
  const std::string jwt = Examples()["jwt"];
  EXPECT_THAT(Found("Authorization: Bearer " + jwt), ElementsAre("jwt=" + jwt));
  const std::string key = Examples()["github-pat"];
  EXPECT_THAT(Found("github_token: \"" + key + "\""), ElementsAre("github-pat=" + key));
}

TEST_F(Redaction, KeepsJsonAsJson) {
  for (const auto& [rule, secret] : Examples()) {
    Json record{Json::Object()};
    record.Set("text", "line\n" + secret + "\tand \"" + secret + "\"\\" + secret);
    for (const Action action : {Action::kMask, Action::kHash, Action::kEncrypt, Action::kDrop}) {
      Policy policy;
      for (const Rule& each : ShippedRules())
        policy.by_kind[each.kind] = action;
      const std::string text = Redacted(record.Dump(), policy);
      EXPECT_THAT(Json::Parse(text, {}), IsOk()) << text;
      EXPECT_THAT(text, HasSubstr(rule));
    }
  }
}

TEST_F(Redaction, MasksEqualSecretsAlikeAndOthersNot) {
  const std::string text = Redacted("a@analytical.io b@analytical.io a@analytical.io");
  EXPECT_EQ(text.substr(0, 26), text.substr(52) + " ");
  EXPECT_NE(text.substr(0, 26), text.substr(27, 26));
  EXPECT_THAT(text, Not(HasSubstr("analytical")));
}

TEST_F(Redaction, DependsOnTheKey) {
  Redactor other(scanner_.Copy().value(), MaskingPolicy(), std::string(kCipherKeyBytes, 'o'));
  std::string text = "a@analytical.io";
  ASSERT_THAT(other.Redact(text), IsOk());
  EXPECT_NE(text, Redacted("a@analytical.io"));
}

TEST_F(Redaction, OfWhatIsRedactedIsTheSame) {
  std::string all;
  for (const auto& [rule, secret] : Examples())
    all += rule + " " + secret + "\n";
  for (const Assigned& one : AssignedExamples())
    all += one.before + one.secret + one.after + "\n";
  for (const Action action : {Action::kMask, Action::kHash, Action::kEncrypt, Action::kDrop}) {
    Policy policy;
    policy.candidates = action;
    for (const Rule& each : ShippedRules())
      policy.by_kind[each.kind] = action;
    const std::string once = Redacted(all, policy);
    EXPECT_EQ(Redacted(once, policy), once);
  }
}

TEST_F(Redaction, GivesBackWhatItSealed) {
  Policy policy;
  policy.by_kind[Kind::kEmail] = Action::kEncrypt;
  const std::string sealed = Redacted("from a@analytical.io to b@analytical.io.", policy);
  EXPECT_THAT(sealed, Not(HasSubstr("analytical")));
  EXPECT_THAT(UnsealAll(sealed, key_), HasValue("from a@analytical.io to b@analytical.io."));
  EXPECT_THAT(UnsealAll(sealed, std::string(kCipherKeyBytes, 'o')), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(UnsealAll("[SEALED:email:zz] [SEALED:", key_), IsError(ErrorKind::kCorrupt));
}

TEST_F(Redaction, OfCandidatesIsAskedFor) {
  const Assigned candidate = AssignedExamples().back();
  const std::string text = candidate.before + candidate.secret + candidate.after;
  EXPECT_EQ(Redacted(text), text);
  Policy policy = MaskingPolicy();
  policy.candidates = Action::kMask;
  EXPECT_THAT(Redacted(text, policy), Not(HasSubstr(candidate.secret)));
}

TEST_F(Redaction, FindsWhatStandsBehindEscapesOfJson) {
  const std::string key = Examples()["github-pat"];
  EXPECT_THAT(Found(R"({"text":"one\n)" + key + R"(\ttwo"})"), ElementsAre("github-pat=" + key));
  EXPECT_THAT(Found(R"({"arguments":"{\"text\":\"one\\n)" + key + R"(\"}"})"),
              ElementsAre("github-pat=" + key));
  EXPECT_THAT(Found(R"(call \u002B49 30 1234567, or ada\u0040analytical.io)"),
              ElementsAre(R"(phone=\u002B49 30 1234567)", R"(email=ada\u0040analytical.io)"));
  const std::string half = Random(kAlnum, 43);
  const std::string escaped = half + R"(\/)" + half.substr(1) + "==";
  EXPECT_THAT(Found("AccountKey=" + escaped), ElementsAre("azure-storage-key=" + escaped));
}

TEST_F(Redaction, MarksSecretsAlikeHoweverTheyAreEscaped) {
  const std::string plain = Redacted("ada@analytical.io");
  EXPECT_EQ(Redacted(R"({"a":"ada\u0040analytical.io"})"), R"({"a":")" + plain + R"("})");
}

TEST_F(Redaction, PutsAStringWhereANumberOfJsonWas) {
  const std::string number = "4111111111111111";
  for (const std::string& json :
       {R"({"n":)" + number + R"(,"m":[)" + number + ", " + number + "]}",
        "[\n  {\n    \"n\": " + number + "\n  }\n]", R"({"text":"cards: )" + number + R"(, 2"})"}) {
    const std::string text = Redacted(json);
    EXPECT_THAT(text, Not(HasSubstr(number)));
    EXPECT_THAT(Json::Parse(text, {}), IsOk()) << text;
  }
  EXPECT_THAT(Redacted("cards:" + number + ", and more"), Not(HasSubstr("\"")));
}

TEST_F(Redaction, FindsNamesAsWholeWords) {
  Policy policy = MaskingPolicy();
  policy.names = {"Ada Lovelace", "J\xC3\xBCrgen", "C++ (Guy)"};
  policy.found_people.accounts = {"ada"};
  const auto redacted = [&](std::string text) {
    auto redactor = Redactor::Make(policy, key_);
    EXPECT_THAT(redactor->Redact(text), IsOk());
    return text;
  };
  EXPECT_THAT(redacted("by ada  LOVELACE, ada-lovelace."),
              Not(testing::AnyOf(HasSubstr("ove"), HasSubstr("OVE"))));
  EXPECT_THAT(
      redacted("J\xC3\xBCrgen, and C++ (Guy)"),
      testing::MatchesRegex("\\[REDACTED:name:[0-9a-f]*\\], and \\[REDACTED:name:[0-9a-f]*\\]"));
  EXPECT_THAT(redacted(R"("J\u00fcrgen")"), testing::StartsWith("\"[REDACTED:name:"));
  for (const char* other :
       {"Ada Lovelaces", "xAda Lovelace", "Ada", "J\xC3\xBCrgens", "/home/ada/x"})
    EXPECT_EQ(redacted(other), other);
  policy.by_kind[Kind::kAccount] = Action::kMask;
  EXPECT_THAT(redacted("/home/ada/x -home-ada-x adab ADA"),
              testing::MatchesRegex("/home/.REDACTED:account:[0-9a-f]*./x "
                                    "-home-.REDACTED:account:[0-9a-f]*.-x adab ADA"));
}

TEST_F(Redaction, CopiesScanAlike) {
  Scanner copy = scanner_.Copy().value();
  EXPECT_EQ(copy.Scan("a@analytical.io").value(), scanner_.Scan("a@analytical.io").value());
}

TEST(Checks, KnowNumbersByTheirDigits) {
  EXPECT_TRUE(IsCardNumber("378282246310005"));
  EXPECT_TRUE(IsCardNumber("5555-5555-5555-4444"));
  EXPECT_FALSE(IsCardNumber("5555-5555-5555-4445"));
  EXPECT_FALSE(IsCardNumber("1111111111111117"));
  EXPECT_TRUE(IsIban("DE89370400440532013000"));
  EXPECT_FALSE(IsIban("DE89370400440532013001"));
  EXPECT_FALSE(IsIban("ZZ89370400440532013000"));
  EXPECT_FALSE(IsIban("DE893704004405320130"));
}

TEST(Checks, MeasureEntropy) {
  EXPECT_EQ(EntropyOf(""), 0);
  EXPECT_EQ(EntropyOf("aaaa"), 0);
  EXPECT_EQ(EntropyOf("abababab"), 1);
  EXPECT_EQ(EntropyOf("0123456789abcdef"), 4);
}

TEST(Policy, OfExportsHidesAccounts) {
  Policy open = MaskingPolicy();
  open.by_kind[Kind::kEmail] = Action::kKeep;
  open.by_kind[Kind::kCard] = Action::kHash;
  const Policy policy = PolicyOfExports(open, {{Kind::kPhone, Action::kDrop}});
  EXPECT_EQ(policy.by_kind.at(Kind::kAccount), Action::kMask);
  EXPECT_EQ(policy.by_kind.at(Kind::kEmail), Action::kMask);
  EXPECT_EQ(policy.by_kind.at(Kind::kCard), Action::kHash);
  EXPECT_EQ(policy.by_kind.at(Kind::kPhone), Action::kDrop);
}

TEST(Policy, ChangesWithItsNamesAndNotWithThoseOfTheMachine) {
  Policy policy = MaskingPolicy();
  policy.found_people = {{"Ada Lovelace"}, {"ada"}};
  EXPECT_EQ(policy.Fingerprint(), MaskingPolicy().Fingerprint());
  policy.names = {"Ada Lovelace"};
  EXPECT_NE(policy.Fingerprint(), MaskingPolicy().Fingerprint());
  EXPECT_THAT(policy.Fingerprint(), Not(HasSubstr("Ada")));
}

TEST(Policy, SaysWhatItDoes) {
  EXPECT_EQ(Policy{}.Fingerprint(), "keep");
  EXPECT_TRUE(Policy{}.keeps_all());
  EXPECT_EQ(
      MaskingPolicy().Fingerprint(),
      "rules 2,secret=mask,email=mask,phone=mask,iban=mask,card=mask,name=mask,candidate=keep");
  EXPECT_THAT(ParseAction("hash"), HasValue(Action::kHash));
  EXPECT_THAT(ParseAction("hide"), IsError(ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace firn::conversations::privacy
