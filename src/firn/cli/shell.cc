// SPDX-License-Identifier: Apache-2.0
//
// The SQL shell. Line editing is libedit's; its interface is C, so the names to complete live in
// one list for the time of a call.

#include "firn/cli/shell.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include <editline/readline.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firn/cli/result_printer.h"
#include "firn/cli/statements.h"

namespace firn::cli {
namespace {

constexpr std::string_view kHelp =
    "Statements end with ';'. Rows are shown as a table.\n"
    "  .help      this text\n"
    "  .tables    the tables of the lake\n"
    "  .schema T  the columns of a table\n"
    "  .format F  table, json, jsonl, csv, markdown\n"
    "  .quit      leave (also Ctrl-D)\n";

std::vector<std::string>* completions = nullptr;  // Set only while a shell runs.

char* NextCompletion(const char* typed, int state) {
  static size_t at = 0;
  if (state == 0) at = 0;
  while (completions != nullptr && at < completions->size()) {
    const std::string& name = (*completions)[at++];
    if (name.rfind(typed, 0) == 0) return strdup(name.c_str());
  }
  return nullptr;
}

char** Complete(const char* typed, int, int) {
  return rl_completion_matches(const_cast<char*>(typed), NextCompletion);
}

std::vector<std::string> Names(lakehouse::Lakehouse& lake) {
  std::vector<std::string> names = {"SELECT",  "FROM",     "WHERE", "GROUP BY", "ORDER BY",
                                    "LIMIT",   "AS",       "JOIN",  "COUNT",    "SUM",
                                    "EXPLAIN", "DESCRIBE", ".help", ".tables",  ".schema",
                                    ".format", ".quit"};
  const auto tables = lake.Tables();
  if (!tables.has_value()) return names;
  for (const lakehouse::TableRow& table : *tables)
    names.push_back(table.name);
  return names;
}

class Shell {
 public:
  Shell(Invocation& invocation, lakehouse::Lakehouse& lake)
      : invocation_(invocation), lake_(lake), history_(lake.path() + "/.sql_history") {
    using_history();
    read_history(history_.c_str());
    rl_attempted_completion_function = Complete;
  }

  ~Shell() {
    write_history(history_.c_str());
    chmod(history_.c_str(), 0600);
  }

  void Run() {
    invocation_.Hint("firn sql: " + lake_.path() + ". '.help' for help, '.quit' to leave.");
    std::string pending;
    while (true) {
      const std::unique_ptr<char, void (*)(void*)> line(
          readline(pending.empty() ? "firn> " : "  ... "), std::free);
      if (!line) break;
      if (pending.empty() && line.get()[0] == '.') {
        if (!Command(line.get())) break;
        continue;
      }
      pending += std::string(line.get()) + "\n";
      if (IsUnfinished(pending)) continue;
      RunStatements(pending);
      pending.clear();
    }
  }

 private:
  bool Command(const std::string& line) {
    add_history(line.c_str());
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == ".quit" || word == ".exit") return false;
    if (word == ".tables") {
      RunStatements(
          "SELECT table_schema || '.' || table_name AS \"table\" FROM "
          "information_schema.tables ORDER BY 1");
    } else if (word == ".schema") {
      RunStatements("DESCRIBE " + rest);
    } else if (word == ".format") {
      SetFormat(rest);
    } else {
      invocation_.PrintRaw(kHelp);
    }
    return true;
  }

  void SetFormat(const std::string& name) {
    const auto format = FormatNamed(name);
    if (format && format != Format::kParquet) {
      invocation_.format = format;
    } else {
      invocation_.Hint("one of: table, json, jsonl, csv, markdown");
    }
  }

  void RunStatements(const std::string& text) {
    add_history(text.substr(0, text.find_last_not_of('\n') + 1).c_str());
    for (const std::string& statement : SplitStatements(text)) {
      const Status done = RunOne(statement);
      if (done.ok()) continue;
      invocation_.PrintError(done.error());
      return;
    }
  }

  Status RunOne(const std::string& statement) {
    FIRN_ASSIGN(const auto rows, lake_.Query(statement));
    return PrintRows(invocation_, *rows, 100);
  }

  Invocation& invocation_;
  lakehouse::Lakehouse& lake_;
  std::string history_;
};

}  // namespace

bool StdinIsTerminal() {
  return isatty(STDIN_FILENO) != 0;
}

Result<int> RunShell(Invocation& invocation, lakehouse::Lakehouse& lake) {
  std::vector<std::string> names = Names(lake);
  completions = &names;
  Shell(invocation, lake).Run();
  completions = nullptr;
  return 0;
}

}  // namespace firn::cli
