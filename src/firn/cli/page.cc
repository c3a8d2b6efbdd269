// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/page.h"

#include "firn/base/bytes.h"

namespace firn::cli {
namespace {

// The policy forbids whatever a mistake could let in: pages load nothing and run nothing.
constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n";

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--page:#faf9f6;--card:#fff;--ink:#1d2126;--soft:#5a6370;--line:#e2dfd8;
--shade:#f1efea;--person:#e9f1fa;--accent:#1b63b5;--good:#1a7f4b;--bad:#b3261e;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media(prefers-color-scheme:dark){:root{--page:#131519;--card:#1a1d22;--ink:#e4e6e9;--soft:#9ba4b0;
--line:#2c3138;--shade:#22262c;--person:#1b2939;--accent:#7db8f5;--good:#6fd29b;--bad:#ff9c92}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",
Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:48rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem;letter-spacing:-.01em}
h2{font-size:1.15rem;line-height:1.3;margin:2.5rem 0 .75rem}
a{color:var(--accent)}
pre,code{font-family:var(--mono);font-size:.86em}
pre{margin:.75rem 0;padding:.75rem .9rem;background:var(--shade);border-radius:.5rem;overflow-x:auto;
line-height:1.5;overflow-wrap:normal;white-space:pre}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.9rem 1.25rem;margin:0 0 1rem;
padding:1rem 0;border-block:1px solid var(--line)}
.facts div{min-width:0}
.facts dt{font-size:.75rem;letter-spacing:.04em;text-transform:uppercase;color:var(--soft)}
.facts dd{margin:.1rem 0 0}
summary{cursor:pointer}
footer{margin-top:3rem;font-size:.8rem;color:var(--soft)}
@media(max-width:40rem){main{padding:1.5rem 1rem 3rem}h1{font-size:1.4rem}
.facts{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media print{main{max-width:none}}
)css";

}  // namespace

std::string HtmlText(std::string_view text) {
  const std::string valid = IsValidUtf8(text) ? std::string(text) : ReplaceInvalidUtf8(text);
  std::string out;
  out.reserve(valid.size());
  for (const char c : valid) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7F) {
      if (c != '\r') out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string HtmlPage(std::string_view title, std::string_view style, std::string_view body) {
  std::string page(kHead);
  page.append("<title>").append(HtmlText(title)).append("</title>\n<style>").append(kStyle);
  page.append(style).append("</style>\n</head>\n<body>\n<main>\n").append(body);
  page.append("</main>\n</body>\n</html>\n");
  return page;
}

}  // namespace firn::cli
