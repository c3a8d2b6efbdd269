// SPDX-License-Identifier: Apache-2.0
//
// Runs sqllogic-style tests over a lake in memory. A file is a list of records, each ended by a
// blank line; '#' begins a comment line.
//
//   create NS.TABLE             then a line per column, `NAME TYPE [required]`, and perhaps
//                               `partition TRANSFORM(COLUMN) ...` and `version 3`
//   append NS.TABLE             then a query whose rows are appended
//   delete NS.TABLE             then a condition: its rows are deleted, merge-on-read; or the
//                               condition, a line ----, and a query whose rows are added with it
//   rewrite NS.TABLE            writes all files again
//   evolve NS.TABLE             then lines: add NAME TYPE | rename A B | drop A | widen A TYPE
//   snapshot NAME NS.TABLE      from here on ${NAME} stands for the table's snapshot id
//   tag NAME NS.TABLE           tags it
//   statement ok|error TEXT     then a statement; TEXT is part of the error expected
//   query [rowsort]             then a query, a line ----, and its rows, values joined with |

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "firn/sql/testing.h"
#include "firn/table/ref_operations.h"

namespace firn::sql {
namespace {

using Words = std::vector<std::string>;

struct Record {
  int line = 0;
  std::string head;
  std::vector<std::string> body;
};

Words SplitWords(const std::string& line) {
  std::istringstream text(line);
  Words words;
  for (std::string word; text >> word;)
    words.push_back(word);
  return words;
}

std::vector<Record> ReadRecords(std::istream& file) {
  std::vector<Record> records;
  Record record;
  int number = 0;
  const auto end = [&] {
    if (!record.head.empty()) records.push_back(record);
    record = {};
  };
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      end();
    } else if (record.head.empty()) {
      record.head = line;
      record.line = number;
    } else {
      record.body.push_back(line);
    }
  }
  end();
  return records;
}

std::string Joined(const std::vector<std::string>& lines, const char* between) {
  std::string text;
  for (const std::string& line : lines)
    text += (text.empty() ? "" : between) + line;
  return text;
}

class Script {
 public:
  Status Run(const Record& record) {
    const Words head = SplitWords(Substituted(record.head));
    if (head[0] == "create" && head.size() == 2) return Create(head[1], record.body);
    if (head[0] == "append" && head.size() == 2) return lake_.Append(head[1], Sql(record.body));
    if (head[0] == "delete" && head.size() == 2) return Delete(head[1], record.body);
    if (head[0] == "rewrite" && head.size() == 2) return lake_.Rewrite(head[1]);
    if (head[0] == "evolve" && head.size() == 2) return Evolve(head[1], record.body);
    if (head[0] == "snapshot" && head.size() == 3) return Remember(head[1], head[2]);
    if (head[0] == "tag" && head.size() == 3) return Tag(head[1], head[2]);
    if (head[0] == "statement" && head.size() >= 2) return Statement(record, head);
    if (head[0] == "query") return Query(record, head.size() > 1 && head[1] == "rowsort");
    return InvalidArgument("unknown record", record.head);
  }

 private:
  std::string Substituted(std::string text) const {
    for (const auto& [name, value] : variables_) {
      const std::string mark = "${" + name + "}";
      for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
        text.replace(at, mark.size(), value);
      }
    }
    return text;
  }

  std::string Sql(const std::vector<std::string>& lines) const {
    return Substituted(Joined(lines, "\n"));
  }

  Status Create(const std::string& name, const std::vector<std::string>& lines) {
    TestTable made;
    for (const std::string& line : lines) {
      const Words words = SplitWords(line);
      if (words[0] == "partition") {
        FIRN_TRY(AddPartition(words, made));
        continue;
      }
      if (words[0] == "version" && words.size() == 2 && words[1] == "3") {
        made.format_version = 3;
        continue;
      }
      if (words.size() < 2) return InvalidArgument("a column is NAME TYPE [required]", line);
      FIRN_ASSIGN(auto type, table::Type::ParsePrimitive(words[1]));
      const auto id = static_cast<int32_t>(made.fields.size() + 1);
      made.fields.push_back(table::NestedField::Optional(id, words[0], std::move(type)));
      made.fields.back().required = words.size() > 2 && words[2] == "required";
    }
    return lake_.Create(name, made);
  }

  static Status AddPartition(const Words& words, TestTable& made) {
    for (size_t i = 1; i < words.size(); ++i) {
      const size_t open = words[i].find('(');
      if (open == std::string::npos) return InvalidArgument("TRANSFORM(COLUMN) expected", words[i]);
      FIRN_ASSIGN(const auto transform, table::Transform::Parse(words[i].substr(0, open)));
      const std::string column = words[i].substr(open + 1, words[i].size() - open - 2);
      made.partition.push_back({column, transform, ""});
    }
    return Ok();
  }

  Status Delete(const std::string& name, const std::vector<std::string>& lines) {
    const auto mark = std::find(lines.begin(), lines.end(), "----");
    const auto added = mark == lines.end() ? mark : mark + 1;
    return lake_.Delete(name, Sql({lines.begin(), mark}), Sql({added, lines.end()}));
  }

  Status Evolve(const std::string& name, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      const Words words = SplitWords(line);
      table::Type type;
      if (words[0] == "add" || words[0] == "widen") {
        FIRN_ASSIGN(type, table::Type::ParsePrimitive(words[2]));
      }
      FIRN_TRY(lake_.Evolve(name, [&](table::SchemaUpdate& update) {
        if (words[0] == "add") update.AddColumn("", words[1], type);
        if (words[0] == "widen") update.UpdateType(words[1], type);
        if (words[0] == "rename") update.Rename(words[1], words[2]);
        if (words[0] == "drop") update.Drop(words[1]);
      }));
    }
    return Ok();
  }

  Status Remember(const std::string& variable, const std::string& name) {
    FIRN_ASSIGN(const auto id, lake_.Snapshot(name));
    variables_[variable] = id.ToString();
    variables_[variable + ".time"] = lake_.env().Now().ToString();
    return Ok();
  }

  Status Tag(const std::string& tag, const std::string& name) {
    table::Ref ref;
    FIRN_ASSIGN(ref.snapshot_id, lake_.Snapshot(name));
    ref.type = table::RefType::kTag;
    return lake_.Commit(name, table::CreateRef(tag, ref));
  }

  Status Statement(const Record& record, const Words& head) {
    const Status done = lake_.engine().Execute(Sql(record.body));
    if (head[1] == "ok") return done;
    if (done) return InvalidArgument("an error was expected");
    const std::string expected = Joined(Words(head.begin() + 2, head.end()), " ");
    const std::string actual = done.error().ToString();
    if (actual.find(expected) != std::string::npos) return Ok();
    return InvalidArgument("another error was expected", actual);
  }

  Status Query(const Record& record, bool sorted) {
    const auto mark = std::find(record.body.begin(), record.body.end(), "----");
    if (mark == record.body.end()) return InvalidArgument("a query needs a line ----");
    FIRN_ASSIGN(auto rows, lake_.Rows(Sql({record.body.begin(), mark})));
    std::vector<std::string> expected;
    for (auto line = mark + 1; line != record.body.end(); ++line) {
      expected.push_back(Substituted(*line));
    }
    if (sorted) {
      std::sort(rows.begin(), rows.end());
      std::sort(expected.begin(), expected.end());
    }
    if (rows == expected) return Ok();
    return InvalidArgument("rows differ, got", "\n" + Joined(rows, "\n"));
  }

  TestLake lake_;
  std::map<std::string, std::string> variables_;
};

int RunFile(const std::string& path) {
  std::ifstream file(path);
  const std::vector<Record> records = ReadRecords(file);
  if (records.empty()) {
    std::cerr << path << ": no records\n";
    return 1;
  }
  Script script;
  int failures = 0;
  for (const Record& record : records) {
    const Status done = script.Run(record);
    if (done) continue;
    ++failures;
    std::cerr << path << ":" << record.line << ": " << done.error().ToString() << "\n";
  }
  std::cout << path << ": " << records.size() << " records, " << failures << " failed\n";
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace firn::sql

int main(int argc, char** argv) {
  int failed = argc < 2 ? 1 : 0;
  for (int i = 1; i < argc; ++i)
    failed |= firn::sql::RunFile(argv[i]);
  return failed;
}
