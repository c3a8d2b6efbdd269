// SPDX-License-Identifier: Apache-2.0

#include "firn/registry/schema_version.h"

#include <charconv>

namespace firn::registry {

std::string_view LevelWord(ChangeLevel level) {
  switch (level) {
    case ChangeLevel::kNone:
      return "none";
    case ChangeLevel::kPatch:
      return "patch";
    case ChangeLevel::kMinor:
      return "minor";
    case ChangeLevel::kMajor:
      return "major";
  }
  return "none";
}

std::string SchemaVersion::ToString() const {
  return std::to_string(major_number) + "." + std::to_string(minor_number) + "." +
         std::to_string(patch_number);
}

SchemaVersion SchemaVersion::After(ChangeLevel level) const {
  switch (level) {
    case ChangeLevel::kNone:
      return *this;
    case ChangeLevel::kPatch:
      return {major_number, minor_number, patch_number + 1};
    case ChangeLevel::kMinor:
      return {major_number, minor_number + 1, 0};
    case ChangeLevel::kMajor:
      return {major_number + 1, 0, 0};
  }
  return *this;
}

ChangeLevel SchemaVersion::StepFrom(const SchemaVersion& before) const {
  if (*this <= before) return ChangeLevel::kNone;
  if (major_number != before.major_number) return ChangeLevel::kMajor;
  return minor_number != before.minor_number ? ChangeLevel::kMinor : ChangeLevel::kPatch;
}

Result<SchemaVersion> ParseSchemaVersion(std::string_view text) {
  SchemaVersion version;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  int32_t* const parts[] = {&version.major_number, &version.minor_number, &version.patch_number};
  for (int32_t* part : parts) {
    const bool first = part == parts[0];
    if (!first && (at == end || *at++ != '.')) return InvalidArgument("not a version", text);
    const auto [next, error] = std::from_chars(at, end, *part);
    if (error != std::errc() || *part < 0) return InvalidArgument("not a version", text);
    at = next;
  }
  if (at != end || version.ToString() != text) {
    return InvalidArgument("not a version", text).WithHint("such as 1.2.0");
  }
  return version;
}

}  // namespace firn::registry
