// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/master_keys.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "firn/base/base64.h"
#include "firn/io/location.h"
#include "firn/lakehouse/schedule/child.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kKeyFileBytesMax = int64_t{1} << 20;
constexpr Millis kCommandTime{60'000};
constexpr const char* kKeyIdVariable = "FIRN_KEY_ID";

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool IsKeySize(size_t bytes) {
  return bytes == 16 || bytes == 24 || bytes == 32;
}

int HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

std::optional<std::string> DecodeHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    const int high = HexDigit(text[at]);
    const int low = HexDigit(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::optional<std::string> DecodeKey(std::string_view text) {
  if (auto bytes = DecodeHex(text); bytes && IsKeySize(bytes->size())) return bytes;
  if (auto bytes = DecodeBase64(text); bytes && IsKeySize(bytes->size())) return bytes;
  return std::nullopt;
}

// What others may read is no secret.
Status CheckPrivate(const std::string& path) {
  constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) {
    return Forbidden("the file of master keys cannot be read", path)
        .WithHint("[encryption] key_file of firn.toml names it");
  }
  if ((status.permissions() & kOthers) == fs::perms::none) return Ok();
  return Forbidden("others than its owner may use the file of master keys", path)
      .WithHint("chmod 600 " + path);
}

// Finds keys in the file, then by the command.
class KeyFinder {
 public:
  KeyFinder(std::string file, std::string command, std::map<std::string, std::string> environment,
            io::FileIO& disk)
      : file_(std::move(file)),
        command_(std::move(command)),
        environment_(std::move(environment)),
        disk_(disk) {}

  Result<std::string> Find(std::string_view key_id) {
    if (!file_.empty()) {
      FIRN_ASSIGN(const auto keys, ReadFile());
      const auto found = keys.find(std::string(key_id));
      if (found != keys.end()) return found->second;
    }
    if (!command_.empty()) return Ask(std::string(key_id));
    return Forbidden("no master key of this name in " + file_, key_id)
        .WithHint("add a line '" + std::string(key_id) +
                  " = KEY' with the key that the table was made with");
  }

 private:
  // Read anew each time: a key may have been added since.
  Result<std::map<std::string, std::string>> ReadFile() {
    FIRN_TRY(CheckPrivate(file_));
    const auto text = disk_.ReadAll(io::FileLocation(file_), kKeyFileBytesMax);
    if (!text) return Forbidden("the file of master keys cannot be read", file_);
    return ParseKeyFile(*text, file_);
  }

  Result<std::string> Ask(const std::string& key_id) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = asked_.find(key_id); known != asked_.end()) return known->second;
    ChildOptions options;
    options.environment = environment_;
    options.environment[kKeyIdVariable] = key_id;
    options.keep_output = true;
    options.timeout = kCommandTime;
    const auto child = RunChild({"sh", "-c", command_}, options);
    const bool ran = child.has_value() && child->exit_code == 0;
    const auto key = ran ? DecodeKey(Trimmed(child->output)) : std::nullopt;
    if (key) return asked_.emplace(key_id, *key).first->second;
    return Forbidden(ran ? "key_command printed something that is no key, for key"
                         : "key_command failed, for key",
                     key_id)
        .WithHint("with FIRN_KEY_ID=" + key_id +
                  " it must print 16, 24 or 32 bytes in hexadecimal or base64, and end with 0");
  }

  const std::string file_;
  const std::string command_;
  const std::map<std::string, std::string> environment_;
  io::FileIO& disk_;
  std::mutex mutex_;
  std::map<std::string, std::string> asked_;
};

}  // namespace

Result<std::map<std::string, std::string>> ParseKeyFile(std::string_view text,
                                                        const std::string& file) {
  std::map<std::string, std::string> keys;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::string where = file + ":" + std::to_string(number);
    // Base64 ends with =, names do not hold any.
    const size_t equals = line.find('=');
    const std::string_view name = Trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return InvalidArgument(where + ": not a line of the form NAME = KEY");
    }
    auto key = DecodeKey(Trimmed(line.substr(equals + 1)));
    if (!key) {
      return InvalidArgument(where + ": the key is not 16, 24 or 32 bytes in hexadecimal or base64")
          .WithHint("'openssl rand -hex 32' makes one");
    }
    if (!keys.emplace(name, *std::move(key)).second) {
      return InvalidArgument(where + ": a second key of this name", name);
    }
  }
  return keys;
}

std::unique_ptr<io::KeyManagement> OpenMasterKeys(
    const LakeFolder& folder, const std::map<std::string, std::string>& environment,
    io::FileIO& disk) {
  const EncryptionConfig& config = folder.config.encryption;
  if (config.key_file.empty() && config.key_command.empty()) return nullptr;
  std::string file = config.key_file;
  if (!file.empty()) file = (fs::path(folder.root) / file).lexically_normal().string();
  auto finder = std::make_shared<KeyFinder>(file, config.key_command, environment, disk);
  return std::make_unique<io::MasterKeys>(
      [finder](std::string_view key_id) { return finder->Find(key_id); });
}

}  // namespace firn::lakehouse
