// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/slice_format.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/cipher.h"
#include "firn/base/json.h"
#include "firn/base/testing.h"
#include "firn/conversations/bronze.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"

namespace firn::conversations {
namespace {

constexpr char kPath[] = "/h/0a1b2c3d-0000-4000-8000-000000000001.jsonl";

std::string Line(int number) {
  return R"({"type":"user","uuid":"u)" + std::to_string(number) +
         R"(","sessionId":"x","message":{"content":"hello"}})" + "\n";
}

// One file that grows, and the reading of what is new in it.
class GrowingFile {
 public:
  std::string text;
  TimeUs modified{};
  ingest::FileTask task;

  GrowingFile() {
    task.path = kPath;
    task.machine = "host";
    task.source_id = "source";
  }

  // Returns the bytes of the slices that are new; empty where the file is not recognised.
  std::string Read(const SliceFormat& format) {
    const std::string location = "memory://f" + std::to_string(reads_++);
    EXPECT_THAT(io_.WriteAll(location, text), IsOk());
    std::shared_ptr<io::InputFile> input = io_.Open(location).value();
    auto reader =
        ingest::SourceReader::Open(input, task.from, static_cast<int64_t>(text.size())).value();
    task.mtime = modified;
    auto source = format.Open(task, *reader);
    EXPECT_THAT(source, IsOk());
    recognised = source.has_value() && *source != nullptr;
    if (!recognised) return {};
    std::string bytes;
    int64_t source_bytes = 0;
    while (true) {
      Result<std::optional<ingest::SourceBatch>> batch = (*source)->Next();
      EXPECT_THAT(batch, IsOk());
      if (!batch || !*batch) break;
      const Result<std::vector<SliceRow>> rows = ReadSliceRows(*(*batch)->rows);
      EXPECT_THAT(rows, IsOk());
      for (const SliceRow& row : *rows)
        bytes += row.bytes, source_bytes += row.place.length;
      for (const ingest::Reject& reject : (*batch)->rejects)
        rejects.push_back(reject);
      EXPECT_EQ(reader->offset(), task.from + source_bytes);
    }
    Remember(**source, *reader);
    return bytes;
  }

  bool recognised = false;
  std::vector<ingest::Reject> rejects;

 private:
  void Remember(const ingest::RecordSource& source, const ingest::SourceReader& reader) {
    ingest::Position position;
    position.kind = source.kind();
    position.state = source.state();
    position.offset = reader.offset();
    task.last = position;
    task.from = reader.offset();
    task.change = ingest::FileChange::kGrown;
  }

  io::MemoryFileIO io_;
  int reads_ = 0;
};

TEST(SliceFormat, ReadsOnlyWhatIsNewOfAGrowingFile) {
  FixedEnv env;
  const SliceFormat format({.user_id = "p"}, env);
  GrowingFile file;
  file.modified = env.Now();
  file.text = Line(1) + Line(2).substr(0, 20);
  EXPECT_EQ(file.Read(format), Line(1));
  file.text = Line(1) + Line(2) + Line(3);
  EXPECT_EQ(file.Read(format), Line(2) + Line(3));
  EXPECT_EQ(file.Read(format), "");
}

TEST(SliceFormat, TakesAnUnfinishedRecordOfAFileNobodyWritesTo) {
  FixedEnv env;
  const SliceFormat format({.user_id = "p"}, env);
  GrowingFile file;
  file.modified = TimeUs{env.Now().value - int64_t{3600} * 1'000'000};
  file.text = Line(1) + Line(2).substr(0, 20);
  EXPECT_EQ(file.Read(format), file.text);
}

TEST(SliceFormat, LeavesOtherFilesAlone) {
  FixedEnv env;
  GrowingFile file;
  file.text = "{\"a\":1}\n";
  file.Read(SliceFormat({.user_id = "p"}, env));
  EXPECT_FALSE(file.recognised);
  file.text = Line(1);
  file.Read(SliceFormat({.platform = "chatgpt", .user_id = "p"}, env));
  EXPECT_FALSE(file.recognised);
}

TEST(SliceFormat, RejectsARecordThatIsTooLongAndKeepsItsBytes) {
  FixedEnv env;
  const SliceFormat format({.user_id = "p", .record_bytes_max = 1'000'000}, env);
  GrowingFile file;
  file.text = Line(1) + R"({"type":"user","message":{"content":")";
  file.text.append(5'000'000, 'a');
  file.text += "\"}}\n" + Line(2);
  EXPECT_TRUE(file.Read(format) == file.text);
  ASSERT_EQ(file.rejects.size(), 1u);
  EXPECT_EQ(file.rejects[0].offset, static_cast<int64_t>(Line(1).size()));
  EXPECT_EQ(file.rejects[0].rule, "record_size");
  EXPECT_THAT(file.rejects[0].message, testing::HasSubstr("(1000000 bytes)"));
  EXPECT_EQ(file.rejects[0].raw.size(), ingest::kRejectRawBytesMax);
}

TEST(SliceFormat, PutsAFileOfManySlicesIntoBatchesOfSomeMegabytes) {
  FixedEnv env;
  const SliceFormat format({.user_id = "p"}, env);
  GrowingFile file;
  while (file.text.size() < (size_t{10} << 20))
    file.text += Line(1);
  EXPECT_EQ(file.Read(format), file.text);
}

// What cleans bronze ------------------------------------------------------------------------

SliceFormatOptions Cleaning() {
  SliceFormatOptions options;
  options.user_id = "p";
  options.redactor = std::make_shared<privacy::Redactor>(
      privacy::Redactor::Make(privacy::MaskingPolicy(), std::string(kCipherKeyBytes, 'k')).value());
  return options;
}

std::string Said(const std::string& words) {
  return R"({"type":"user","sessionId":"x","message":{"content":")" + words + "\"}}\n";
}

TEST(SliceFormat, CleansWhatIsStoredAndGoesOnWhereTheSourceStood) {
  FixedEnv env;
  const SliceFormat format(Cleaning(), env);
  GrowingFile file;
  file.modified = env.Now();
  file.text = Said("mail a\\u0040analytical.io or\\nb@analytical.io") + Said("b@analytical");
  const std::string first = file.Read(format);
  EXPECT_EQ(first.find("analytical.io"), std::string::npos) << first;
  EXPECT_THAT(Json::Parse(first.substr(0, first.find('\n'))), IsOk()) << first;
  file.text += Said("4111111111111111") + "{\"n\":4111111111111111}\n";
  const std::string second = file.Read(format);
  EXPECT_THAT(second, testing::StartsWith(Said("[REDACTED:card").substr(0, 60)));
  EXPECT_EQ(second.find("4111"), std::string::npos) << second;
  EXPECT_EQ(file.Read(format), "");
}

TEST(SliceFormat, StoresNoHalfRecordsWhereItCleans) {
  FixedEnv env;
  const SliceFormat format(Cleaning(), env);
  GrowingFile file;
  file.modified = TimeUs{env.Now().value - int64_t{3600} * 1'000'000};
  file.text = Line(1) + Said("b@analytical.io").substr(0, 60);
  EXPECT_EQ(file.Read(format), Line(1));
}

TEST(SliceFormat, StoresNothingOfALongRecordWhereItCleans) {
  FixedEnv env;
  SliceFormatOptions options = Cleaning();
  options.record_bytes_max = 1'000'000;
  const SliceFormat format(options, env);
  GrowingFile file;
  file.text = Line(1) + Said(std::string(5'000'000, 'a')) + Line(2);
  const std::string stored = file.Read(format);
  EXPECT_EQ(stored.find("aaa"), std::string::npos);
  EXPECT_THAT(stored, testing::StartsWith(Line(1) + "[DROPPED:record_size]"));
  EXPECT_THAT(stored, testing::EndsWith(Line(2)));
  ASSERT_EQ(file.rejects.size(), 1u);
  EXPECT_EQ(file.rejects[0].raw, "[DROPPED:record_size]\n");
}

}  // namespace
}  // namespace firn::conversations
