// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/file_names.h"

#include "firn/base/time.h"
#include "firn/base/uuid.h"
#include "firn/io/location.h"

namespace firn::datafile {
namespace {

// Names of tables come from people; those of files are plain.
std::string PlainName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    plain.push_back(upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '_');
  }
  return plain.empty() ? "table" : plain;
}

// 2025-11-05 as 20251105.
std::string CompactDate(TimeUs now) {
  const auto days = static_cast<int32_t>(FloorDiv(now.value, 86'400'000'000));
  std::string date = FormatDate(days);
  std::erase(date, '-');
  return date;
}

}  // namespace

FileNames::FileNames(const table::TableMetadata& metadata, std::string_view table_name, Env& env)
    : env_(&env),
      folder_(metadata.Property("write.data.path", io::JoinLocation(metadata.location, "data"))),
      name_(PlainName(table_name)) {}

std::string FileNames::New(std::string_view partition_path, std::string_view kind,
                           std::string_view extension) const {
  std::string name(partition_path);
  if (!name.empty()) name += '/';
  name += name_ + "_" + std::string(kind) + "_" + CompactDate(env_->Now()) + "_" + MakeUlid(*env_) +
          "." + std::string(extension);
  return io::JoinLocation(folder_, name);
}

}  // namespace firn::datafile
