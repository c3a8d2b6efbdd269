// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "firn/conversations/privacy/rule_set.h"

namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// What the machine says of who works on it: the names of the account and of its home; the full
/// name of the account and of git's configuration, as far as they are of two words or more. One
/// word may be any word, and what every machine has (root, ubuntu, runner) names nobody.
conversations::privacy::People PeopleOf(const std::map<std::string, std::string>& environment,
                                        io::FileIO& disk);

}  // namespace firn::lakehouse
