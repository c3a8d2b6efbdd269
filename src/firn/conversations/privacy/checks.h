// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/conversations/privacy/rules.h"

namespace firn::conversations::privacy {

/// Tells whether what `rule` matched is a finding; `span` is the part of it that `rule.span` names.
bool PassesCheck(const Rule& rule, std::string_view span);

/// Shannon entropy of the bytes of `text`, in bits a byte; 0 for an empty text.
double EntropyOf(std::string_view text);

/// A payment card number: a prefix of a large network, its length, and the check digit of
/// ISO/IEC 7812-1, annex B. Spaces and hyphens are passed over.
bool IsCardNumber(std::string_view text);

/// The check digits of an IBAN (ISO 13616) of a country that has them, with that country's length.
bool IsIban(std::string_view text);

/// A dotted IPv4 address that names one host of the internet.
bool IsPublicIpv4(std::string_view text);

}  // namespace firn::conversations::privacy
