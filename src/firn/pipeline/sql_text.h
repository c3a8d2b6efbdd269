// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firn::pipeline {

/// "name" as an identifier, quotes in it doubled.
std::string QuotedName(std::string_view name);
/// Identifiers, with commas between.
std::string QuotedNames(const std::vector<std::string>& names);
/// 'text' as a string, quotes in it doubled.
std::string Literal(std::string_view text);
/// Parts, with commas between.
std::string Join(const std::vector<std::string>& parts);

}  // namespace firn::pipeline
