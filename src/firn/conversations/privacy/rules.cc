// SPDX-License-Identifier: Apache-2.0
//
// The forms of keys are facts that their makers publish: prefix, alphabet, length. Alphabets hold
// no quotation mark and no backslash, so that JSON text with its secrets replaced is JSON text.

#include "firn/conversations/privacy/rules.h"

namespace firn::conversations::privacy {
namespace {

using enum Alphabet;
using enum Check;

constexpr Rule kRules[] = {
    // Keys of models' makers come first: they are what these conversations leak most.
    {"anthropic-api-key", "Anthropic API key", R"(sk-ant-[a-z]{3,5}[0-9]{2}-)", kToken, 80, 120},
    {"openai-api-key", "OpenAI API key", R"(sk-(?:proj|svcacct|admin)-)", kToken, 40, 200},
    {"openrouter-api-key", "OpenRouter API key", "sk-or-v1-", kHex, 64, 64},
    {"openai-legacy-key", "OpenAI API key, old form", R"(\bsk-)", kAlnum, 48, 48, kEntropy, 3.5},
    {"huggingface-token", "Hugging Face access token", R"(\b(?:hf_|api_org_))", kAlnum, 34, 34,
     kEntropy, 3},
    {"groq-api-key", "Groq API key", R"(\bgsk_)", kAlnum, 52, 52},
    {"xai-api-key", "xAI API key", R"(\bxai-)", kAlnum, 80, 80},
    {"perplexity-api-key", "Perplexity API key", R"(\bpplx-)", kAlnum, 48, 56},
    {"replicate-api-token", "Replicate API token", R"(\br8_)", kAlnum, 37, 37},

    // Clouds.
    {"aws-access-key-id", "AWS access key id", R"(\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9]))",
     kUpperAlnum, 16, 16, kEntropy, 3},
    {"aws-bedrock-key", "Amazon Bedrock API key", R"(\bABSK)", kBase64, 109, 269},
    {"aws-secret-access-key", "AWS secret access key",
     R"(aws_?secret(?:_?access)?_?key(?:\\?["'])?\s{0,3}[:=]\s{0,3}(?:\\?["'])?)", kBase64, 40, 40,
     kEntropy, 3.5, false, Shape::kRun, true},
    {"gcp-api-key", "Google API key", R"(\bAIza)", kToken, 35, 35, kEntropy, 3.5},
    {"gcp-oauth-token", "Google OAuth access token", R"(\bya29\.)", kToken, 60, 1000},
    {"azure-client-secret", "Azure AD client secret", R"([A-Za-z0-9_~.]{3}[0-9]Q~)", kToken, 31,
     34},
    {"azure-storage-key", "Azure storage account key", "AccountKey=", kBase64, 86, 88, kEntropy, 4,
     false},
    {"azure-api-key", "Azure API key",
     R"((?:Ocp-Apim-Subscription-Key|api-key)["']?\s{0,3}:\s{0,3}["']?)", kHex, 32, 32, kEntropy, 3,
     false, Shape::kRun, true},
    {"digitalocean-token", "DigitalOcean token", R"(\bdo[opr]_v1_)", kHex, 64, 64},
    {"databricks-token", "Databricks token", R"(\bdapi)", kHex, 32, 32, kEntropy, 3},
    {"flyio-token", "Fly.io token", R"(\bfo1_)", kToken, 43, 43},
    {"flyio-macaroon", "Fly.io token", R"(\bfm[12](?:[ar])?_)", kBase64, 90, 4'000},
    {"heroku-api-key", "Heroku API key", R"(\bHRKU-AA)", kToken, 58, 58},

    // Code hosting and packages.
    {"github-pat", "GitHub token", R"(\bgh[pousr]_)", kAlnum, 36, 36, kEntropy, 3},
    {"github-fine-grained-pat", "GitHub fine-grained token", R"(\bgithub_pat_)", kToken, 82, 82,
     kEntropy, 3},
    {"gitlab-token", "GitLab token", R"(\bgl(?:pat|dt|rt|ft|imt|soat|ffct|cbt|agent|oas|ptt)-)",
     kToken, 20, 64, kEntropy, 3},
    {"npm-token", "npm access token", R"(\bnpm_)", kAlnum, 36, 36, kEntropy, 2.5},
    {"pypi-token", "PyPI upload token", R"(\bpypi-AgEIcHlwaS5vcmc)", kToken, 50, 1000},
    {"rubygems-token", "RubyGems API token", R"(\brubygems_)", kHex, 48, 48},
    {"docker-token", "Docker Hub token", R"(\bdckr_(?:pat|oat)_)", kToken, 27, 32},

    // Services.
    {"slack-token", "Slack token", R"(\bxox[abeoprs]-[0-9A-Za-z])", kToken, 12, 250, kEntropy, 2.5},
    {"slack-app-token", "Slack app token", R"(\bxapp-[0-9]-)", kToken, 60, 150},
    {"slack-webhook", "Slack webhook", R"(hooks\.slack\.com/(?:services|workflows|triggers)/)",
     kBase64, 43, 56},
    {"discord-webhook", "Discord webhook", R"(discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/)",
     kToken, 60, 80},
    {"telegram-bot-token", "Telegram bot token", R"(\b[0-9]{8,10}:AA)", kToken, 33, 33},
    {"stripe-key", "Stripe key", R"(\b(?:sk|rk)_(?:test|live|prod)_)", kAlnum, 10, 110, kEntropy,
     2.5},
    {"sendgrid-token", "SendGrid API token", R"(\bSG\.)", kToken, 66, 66, kEntropy, 3},
    {"twilio-key", "Twilio API key", R"(\bSK)", kHex, 32, 32, kEntropy, 3},
    {"mailgun-key", "Mailgun API key", R"(\bkey-)", kHex, 32, 32, kEntropy, 3},
    {"shopify-token", "Shopify token", R"(\bshp(?:at|ca|pa|ss)_)", kHex, 32, 32, kEntropy, 2},
    {"notion-token", "Notion token", R"(\bntn_[0-9]{11})", kAlnum, 35, 35},
    {"linear-key", "Linear API key", R"(\blin_api_)", kAlnum, 40, 40, kEntropy, 2},
    {"grafana-token", "Grafana token", R"(\bgl(?:c|sa)_)", kBase64, 32, 400, kEntropy, 3},
    {"vault-token", "HashiCorp Vault token", R"(\bhv[sb]\.)", kToken, 90, 300},
    {"terraform-token", "Terraform Cloud token", R"(\b[A-Za-z0-9]{14}\.atlasv1\.)", kToken, 60, 70},
    {"doppler-token", "Doppler token", R"(\bdp\.pt\.)", kAlnum, 43, 43},
    {"newrelic-key", "New Relic key", R"(\bNRAK-)", kUpperAlnum, 27, 27},
    {"sentry-token", "Sentry token", R"(\bsntry[us]_)", kBase64, 60, 260},
    {"planetscale-token", "PlanetScale token", R"(\bpscale_(?:tkn|pw|oauth)_)", kToken, 32, 64},
    {"age-secret-key", "age secret key", "AGE-SECRET-KEY-1", kUpperAlnum, 58, 58},

    // Forms that any service may use.
    {"private-key", "Private key in PEM", R"(-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY)",
     kToken, 64, 16'000, kNone, 0, true, Shape::kPem},
    {"jwt", "JSON Web Token", R"(\bey[A-Za-z0-9_-]{15})", kToken, 0, 8'000, kEntropy, 3, true,
     Shape::kJwt},
    {"authorization-header", "Credentials in an Authorization header",
     R"(authorization(?:\\?["'])?\s{0,3}[:=]\s{0,3}(?:\\?["'])?(?:bearer|token|basic)\s{1,3})",
     kToken, 16, 4'000, kRandom, 3, false, Shape::kRun, true},
    {"url-password", "Password in a URL", R"(\b[a-z][a-z0-9+.-]{2,15}://[A-Za-z0-9._%+-]{0,30}:)",
     kToken, 3, 128, kRandom, 1.5, false, Shape::kPassword, true},
    {"assigned-secret", "Value of a key, token, secret or password",
     R"((?:api_?key|access_?key|secret|token|passw(?:or)?d|credential)[a-z0-9_-]{0,8}(?:\\?["'])?\s{0,3}[:=]{1,2}\s{0,3}\\?["'])",
     kToken, 12, 150, kRandom, 3.5, false, Shape::kRun, true, Kind::kSecret, Tier::kCandidate},

    // Persons.
    {"email", "E-mail address", "@", kToken, 4, 254, kNone, 0, true, Shape::kEmail, false,
     Kind::kEmail},
    {"iban", "International bank account number", R"(\b[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4})", kUpperAlnum,
     7, 28, kMod97, 0, true, Shape::kGrouped, false, Kind::kIban},
    {"card-number", "Payment card number", R"(\b[2-6][0-9]{3}[ -]?[0-9]{4})", kDigits, 7, 11,
     kCardNumber, 0, true, Shape::kGrouped, false, Kind::kCard},
    {"phone", "Telephone number", R"(\+[1-9][0-9]?)", kDigits, 6, 15, kPhone, 0, true,
     Shape::kGrouped, false, Kind::kPhone},
    {"ip-address", "Public IPv4 address", R"(\b[0-9]{1,3}\.[0-9]{1,3}\.)", kDigits, 3, 7, kPublicIp,
     0, true, Shape::kAddress, false, Kind::kIp},
};

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kSecret:
      return "secret";
    case Kind::kEmail:
      return "email";
    case Kind::kPhone:
      return "phone";
    case Kind::kIban:
      return "iban";
    case Kind::kCard:
      return "card";
    case Kind::kIp:
      return "ip";
    case Kind::kName:
      return "name";
    case Kind::kAccount:
      return "account";
  }
  return "";
}

std::span<const Rule> ShippedRules() {
  return kRules;
}

}  // namespace firn::conversations::privacy
