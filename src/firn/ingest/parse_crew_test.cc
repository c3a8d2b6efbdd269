// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/parse_crew.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/ingest/csv/csv_source.h"
#include "firn/ingest/json/json_source.h"
#include "firn/ingest/validated_format.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/nested_field.h"

namespace firn::ingest {
namespace {

constexpr char kPath[] = "/data/file";

table::Schema TwoColumns() {
  return table::Schema::Make(table::SchemaId(0),
                             {table::NestedField::Optional(1, "a", table::Type::String()),
                              table::NestedField::Optional(2, "b", table::Type::Long())})
      .value();
}

// Text files of two columns.
class TextFormat : public SourceFormat {
 public:
  explicit TextFormat(bool is_csv) : is_csv_(is_csv) {}

  Result<std::unique_ptr<RecordSource>> Open(const FileTask& task,
                                             SourceReader& reader) const override {
    if (!is_csv_) return OpenJson(task, reader, TwoColumns(), {}, JsonFraming::kLines);
    CsvOptions options;
    options.hints.delimiter = ',';
    options.hints.has_header = true;
    return OpenCsv(task, reader, TwoColumns(), {}, options);
  }
  Status AllowRewritten(const FileTask&) const override { return Ok(); }

 private:
  bool is_csv_;
};

std::string ToText(const Reject& reject) {
  return std::to_string(reject.offset) + ":" + std::to_string(reject.line.value_or(-1)) + " " +
         reject.column + " " + reject.rule + " " + reject.message + " " + reject.raw;
}

// What reading a file gave, in its order.
struct Outcome {
  std::vector<std::string> rows, rejects;
  std::vector<Position> positions;  // After each piece.
  bool unfinished = false;
  std::string error;
};

void Take(const ParsedPiece& piece, Outcome& outcome) {
  for (const SourceBatch& batch : piece.batches) {
    for (int64_t row = 0; batch.rows != nullptr && row < batch.rows->num_rows(); ++row) {
      std::string text;
      for (const auto& column : batch.rows->columns())
        text += "|" + column->GetScalar(row).ValueOrDie()->ToString();
      outcome.rows.push_back(std::move(text));
    }
    for (const Reject& reject : batch.rejects)
      outcome.rejects.push_back(ToText(reject));
  }
  if (piece.error) outcome.error = piece.error->ToString();
  outcome.positions.push_back(piece.position);
  outcome.unfinished = piece.unfinished;
}

Outcome Read(const std::string& bytes, const SourceFormat& format, size_t threads,
             size_t block_bytes, const Position* from = nullptr) {
  io::MemoryFileIO files;
  EXPECT_THAT(files.WriteAll(io::FileLocation(kPath), bytes), IsOk());
  FileTask task;
  task.path = kPath;
  task.size_bytes = static_cast<int64_t>(bytes.size());
  if (from != nullptr) {
    task.change = FileChange::kGrown;
    task.from = from->offset;
    task.last = *from;
  }
  const std::vector<FileTask> tasks = {task};
  ParseCrew crew(tasks, format, files,
                 {.target = "silver.t",
                  .found_at = TimeUs{0},
                  .threads = threads,
                  .queue_bytes = 1 << 16,
                  .block_bytes = block_bytes,
                  .hash_content = true});
  Outcome outcome;
  while (const auto piece = crew.Next())
    Take(*piece, outcome);
  return outcome;
}

Outcome Read(const std::string& bytes, bool is_csv, size_t threads, size_t block_bytes,
             const Position* from = nullptr) {
  return Read(bytes, TextFormat(is_csv), threads, block_bytes, from);
}

void ExpectSame(const Outcome& seen, const Outcome& expected) {
  EXPECT_EQ(seen.rows, expected.rows);
  EXPECT_EQ(seen.rejects, expected.rejects);
  EXPECT_EQ(seen.positions.back(), expected.positions.back());
  EXPECT_EQ(seen.unfinished, expected.unfinished);
  EXPECT_EQ(seen.error, expected.error);
}

using Random = std::mt19937;

std::string OneOf(Random& random, std::initializer_list<const char*> choices) {
  return *(choices.begin() + random() % choices.size());
}

std::string RandomCsv(Random& random) {
  const std::string line_end = OneOf(random, {"\n", "\r\n", "\r", "\n"});
  const bool quotes = random() % 4 != 0;
  std::string text = OneOf(random, {"", "\xef\xbb\xbf"}) + OneOf(random, {"a,b", "\"a\",b"});
  for (size_t lines = random() % 60; lines > 0; --lines) {
    text += line_end;
    if (random() % 20 == 0) text += std::string(random() % 4000, 'x');
    text += quotes ? OneOf(random, {"plain", "\"q\"", "\"two\nlines\"", "\"a\"\"b\"", "\"\r\n,\"",
                                    "\"junk\"x", "\"open", "5\" pipe", "", "\"\"", "\"a\r\""})
                   : OneOf(random, {"plain", "", "longer text of some words", "x\xffy"});
    text += OneOf(random, {",1", ",-7", ",x", "", ",1,2", ",12345678901234567890", ","});
  }
  return text + OneOf(random, {"", "\n", "\r\n", "\r", "\"", "\n\n"});
}

std::string RandomJsonLines(Random& random) {
  std::string text = OneOf(random, {"", "\xef\xbb\xbf", "\n \n"});
  for (size_t lines = random() % 60; lines > 0; --lines) {
    const std::string pad = random() % 20 == 0 ? std::string(random() % 4000, 'x') : "";
    text += OneOf(random, {R"({"a":"x","b":1})", R"({"b":2,"a":"line\nend"})", R"({"b":"x"})",
                           "[1]", R"({"a":"x",})", R"({"c":1})", R"({"a":null,"b":null})", "", "  ",
                           "{", R"({"b":1,"b":2})", "{}", R"({"a":{"x":[1,2]}})"});
    if (!pad.empty()) text += R"({"a":")" + pad + R"("})";
    text += OneOf(random, {"\n", "\n", "\r\n", " \n", "\n\n"});
  }
  return text + OneOf(random, {"", R"({"a":"last"})", R"({"a":"unfini)", " "});
}

void ExpectBlocksChangeNothing(const std::string& bytes, bool is_csv, Random& random) {
  const Outcome serial = Read(bytes, is_csv, 1, 0);
  for (int round = 0; round < 3; ++round) {
    const size_t threads = 1 + random() % 4;
    const size_t block_bytes = 1 + random() % (bytes.size() + 100);
    SCOPED_TRACE("blocks of " + std::to_string(block_bytes));
    const Outcome parallel = Read(bytes, is_csv, threads, block_bytes);
    ExpectSame(parallel, serial);
    // Any of the positions is one to go on from.
    const size_t at = random() % parallel.positions.size();
    if (parallel.positions[at].offset == 0 || !parallel.error.empty()) continue;
    const Outcome rest = Read(bytes, is_csv, threads, block_bytes, &parallel.positions[at]);
    EXPECT_THAT(rest.rejects, testing::Each(testing::AnyOfArray(serial.rejects)));
    ASSERT_LE(rest.rows.size(), serial.rows.size());
    const auto behind = static_cast<std::ptrdiff_t>(serial.rows.size() - rest.rows.size());
    EXPECT_EQ(rest.rows, std::vector(serial.rows.begin() + behind, serial.rows.end()));
    if (!rest.error.empty()) continue;
    EXPECT_EQ(rest.positions.back(), serial.positions.back());
  }
}

TEST(ParseCrew, ReadsCsvInBlocksAsInOne) {
  Random random(1);
  for (int file = 0; file < 300; ++file) {
    const std::string bytes = RandomCsv(random);
    SCOPED_TRACE(bytes);
    ExpectBlocksChangeNothing(bytes, true, random);
    if (HasFailure()) return;
  }
}

TEST(ParseCrew, ReadsJsonLinesInBlocksAsInOne) {
  Random random(2);
  for (int file = 0; file < 300; ++file) {
    const std::string bytes = RandomJsonLines(random);
    SCOPED_TRACE(bytes);
    ExpectBlocksChangeNothing(bytes, false, random);
    if (HasFailure()) return;
  }
}

// What breaks a rule of the schema has the place of the block it came in, so that may differ.
TEST(ParseCrew, HoldsBlocksAgainstASchemaAsOne) {
  const TextFormat lines(false);
  const auto schema = Json::Parse(R"({"properties": {"b": {"maximum": 900}}})");
  const auto validated = ValidatedFormat(lines, *schema);
  std::string bytes;
  for (int row = 1; row <= 1000; ++row)
    bytes += R"({"a":"x","b":)" + std::to_string(row) + "}\n";
  const Outcome serial = Read(bytes, *validated, 1, 0), parallel = Read(bytes, *validated, 3, 999);
  EXPECT_EQ(serial.rows.size(), 900U);
  EXPECT_EQ(parallel.rows, serial.rows);
  EXPECT_EQ(parallel.rejects.size(), 100U);
  EXPECT_GT(parallel.positions.size(), 10U);
}

// Longer than what is read of a file at a time, so that records end behind it.
TEST(ParseCrew, ReadsLongFilesInBlocksAsInOne) {
  Random random(3);
  std::string csv = "a,b\n", json;
  while (csv.size() < (size_t{3} << 20)) {
    csv += OneOf(random, {"\"two\nlines\",1\n", "plain,2\n", "\"a\"\"b\",3\n", "\"junk\"x,4\n"});
    csv += "\"" + std::string(random() % 3000, random() % 50 == 0 ? '\n' : 'x') + "\",5\n";
  }
  while (json.size() < (size_t{3} << 20))
    json += R"({"a":")" + std::string(random() % 3000, 'x') + R"(","b":6})" + "\n";
  for (const bool is_csv : {true, false}) {
    const std::string& bytes = is_csv ? csv : json;
    const Outcome serial = Read(bytes, is_csv, 1, 0);
    EXPECT_GT(serial.rows.size(), 1000U);
    ExpectSame(Read(bytes, is_csv, 3, 100'000), serial);
    ExpectSame(Read(bytes, is_csv, 2, 2'000'000), serial);
    EXPECT_GT(Read(bytes, is_csv, 3, 100'000).positions.size(), 20U);
  }
}

// Counts those who come; the first waits until the second is there.
class Meeting {
 public:
  void Come() {
    std::unique_lock lock(mutex_);
    ++count_;
    came_.notify_all();
    came_.wait_for(lock, std::chrono::seconds(20), [this] { return count_ >= 2; });
  }
  int count() const { return count_; }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  int count_ = 0;
};

// A source whose blocks are read once two threads want some.
class MeetingSource : public RecordSource {
 public:
  MeetingSource(std::unique_ptr<RecordSource> source, Meeting& meeting)
      : source_(std::move(source)), meeting_(meeting) {}

  std::string_view kind() const override { return source_->kind(); }
  std::string state() const override { return source_->state(); }
  Result<std::optional<SourceBatch>> Next() override { return source_->Next(); }
  bool divides() const override { return source_->divides(); }
  Result<bool> Cut(size_t size_bytes, RecordBlock& block) override {
    return source_->Cut(size_bytes, block);
  }
  Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& reader) const override {
    meeting_.Come();
    return source_->ForBlocks(reader);
  }

 private:
  std::unique_ptr<RecordSource> source_;
  Meeting& meeting_;
};

class MeetingFormat : public TextFormat {
 public:
  explicit MeetingFormat(Meeting& meeting) : TextFormat(false), meeting_(meeting) {}

  Result<std::unique_ptr<RecordSource>> Open(const FileTask& task,
                                             SourceReader& reader) const override {
    FIRN_ASSIGN(auto source, TextFormat::Open(task, reader));
    return std::unique_ptr<RecordSource>(
        std::make_unique<MeetingSource>(std::move(source), meeting_));
  }

 private:
  Meeting& meeting_;
};

TEST(ParseCrew, ReadsOneFileWithAllItsThreads) {
  Meeting meeting;
  std::string bytes;
  for (int row = 0; row < 1000; ++row)
    bytes += R"({"a":"x","b":1})"
             "\n";
  const Outcome outcome = Read(bytes, MeetingFormat(meeting), 2, 1000);
  EXPECT_EQ(outcome.rows.size(), 1000U);
  EXPECT_EQ(meeting.count(), 2);
}

}  // namespace
}  // namespace firn::ingest
