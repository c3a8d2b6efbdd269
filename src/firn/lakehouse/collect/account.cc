// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/account.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <pwd.h>

#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::lakehouse {
namespace {

using Environment = std::map<std::string, std::string>;

constexpr size_t kNameBytesMax = 100;
constexpr size_t kAccountBytesMin = 3;
constexpr int64_t kGitConfigBytesMax = int64_t{1} << 20;

// Accounts that come with systems and images.
constexpr std::array<std::string_view, 24> kNobody = {
    "admin", "administrator", "app",    "build",  "codespace", "coder",   "debian", "developer",
    "devel", "docker",        "fedora", "guest",  "home",      "jenkins", "node",   "nobody",
    "pi",    "public",        "root",   "runner", "ubuntu",    "unknown", "user",   "vscode"};

std::string Variable(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

void AddOnce(std::string_view name, std::vector<std::string>& names) {
  if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

void AddPerson(std::string_view name, std::vector<std::string>& names) {
  name = Trim(name);
  if (name.size() > kNameBytesMax || name.find(' ') == std::string_view::npos) return;
  AddOnce(name, names);
}

void AddAccount(std::string_view name, std::vector<std::string>& accounts) {
  const bool fits = name.size() >= kAccountBytesMin && name.size() <= kNameBytesMax;
  if (fits && std::ranges::find(kNobody, name) == kNobody.end()) AddOnce(name, accounts);
}

// The full name that the system has for an account: the first field of what it says of it.
std::string FullNameOf(const std::string& account) {
  const passwd* entry = account.empty() ? nullptr : getpwnam(account.c_str());
  if (entry == nullptr || entry->pw_gecos == nullptr) return "";
  const std::string_view gecos = entry->pw_gecos;
  return std::string(gecos.substr(0, gecos.find(',')));
}

// `name = ...` below [user] of a configuration of git.
std::string NameInGitConfig(std::string_view text) {
  bool in_user = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) in_user = line.starts_with("[user]");
    const size_t equals = line.find('=');
    if (!in_user || equals == std::string_view::npos || Trim(line.substr(0, equals)) != "name") {
      continue;
    }
    std::string_view name = Trim(line.substr(equals + 1));
    if (name.size() > 1 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    return std::string(name);
  }
  return "";
}

}  // namespace

conversations::privacy::People PeopleOf(const Environment& environment, io::FileIO& disk) {
  conversations::privacy::People people;
  for (const char* name : {"USER", "LOGNAME"})
    AddAccount(Variable(environment, name), people.accounts);
  const std::string home = Variable(environment, "HOME");
  AddAccount(std::string_view(home).substr(home.rfind('/') + 1), people.accounts);

  for (const char* name : {"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"})
    AddPerson(Variable(environment, name), people.names);
  AddPerson(FullNameOf(Variable(environment, "USER")), people.names);
  if (home.empty()) return people;
  const std::string configured = Variable(environment, "XDG_CONFIG_HOME");
  const std::string xdg = configured.empty() ? home + "/.config" : configured;
  for (const std::string& path : {home + "/.gitconfig", xdg + "/git/config"}) {
    const auto text = disk.ReadAll(io::FileLocation(path), kGitConfigBytesMax);
    if (text) AddPerson(NameInGitConfig(*text), people.names);
  }
  return people;
}

}  // namespace firn::lakehouse
