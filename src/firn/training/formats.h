// SPDX-License-Identifier: Apache-2.0
//
// What the writers of the formats share.
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firn/io/digested_file.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/training/set_writer.h"

namespace firn::training {

/// Where a set is written and what its files say.
struct SetPlace {
  io::FileIO& files;
  std::string folder;
  SetSettings settings;
  int64_t file_bytes = kSetFileBytes;
};

/// One file of a set on its way to the disk.
class OpenSetFile {
 public:
  static Result<OpenSetFile> Create(const SetPlace& place, std::string path, std::string split) {
    FIRN_ASSIGN(auto file,
                io::DigestedFile::Create(place.files, io::JoinLocation(place.folder, path)));
    OpenSetFile open(std::move(file));
    open.described_.path = std::move(path);
    open.described_.split = std::move(split);
    return open;
  }

  Status Write(std::string_view bytes) { return file_->Write(bytes); }
  void Count(const Example& example) {
    described_.rows += 1;
    described_.tokens += example.tokens;
  }
  int64_t bytes() const { return file_->position(); }
  const std::string& path() const { return described_.path; }

  /// Makes the file durable and describes it.
  Result<SetFile> Close() {
    described_.bytes = file_->position();
    FIRN_ASSIGN(described_.sha256, file_->Close());
    return described_;
  }

 private:
  explicit OpenSetFile(std::unique_ptr<io::DigestedFile> file) : file_(std::move(file)) {}

  std::unique_ptr<io::DigestedFile> file_;
  SetFile described_;
};

/// "00000": the number of a file among those of its part.
inline std::string FileNumber(int number) {
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%05d", number);
  return digits.data();
}

void SortByPath(std::vector<SetFile>& files);

std::unique_ptr<SetWriter> OpenOpenAiSet(SetPlace place);
std::unique_ptr<SetWriter> OpenHuggingFaceSet(SetPlace place);
std::unique_ptr<SetWriter> OpenCommonCrawlSet(SetPlace place);

}  // namespace firn::training
