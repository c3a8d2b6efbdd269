// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace firn::cli {

/// Makes `text` harmless in HTML, between tags and in attributes in double quotes. Control
/// characters but line ends and tabs, and ill-formed UTF-8, are replaced by U+FFFD.
std::string HtmlText(std::string_view text);

/// One self-contained HTML page: no other file, no script, light or dark as its reader has it,
/// readable from 320 pixels on. `style` is CSS beside what all pages share; `body` is HTML.
std::string HtmlPage(std::string_view title, std::string_view style, std::string_view body);

}  // namespace firn::cli
