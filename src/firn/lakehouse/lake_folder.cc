// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/lake_folder.h"

#include <filesystem>
#include <system_error>

#include <sys/stat.h>

#include "firn/base/cipher.h"
#include "firn/base/env.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kConfigBytesMax = 1 << 20;

Status MakePrivateFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Ok();
  return Io("cannot make the folder", path,
            std::error_code(errno, std::generic_category()).message());
}

bool HoldsOtherThings(const std::string& path) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    // What a creation that was cut short leaves behind.
    if (name != "warehouse" && name != "models" && name != "tmp" && name[0] != '.') return true;
  }
  return false;
}

Status CreateLake(const LakeFolder& folder, io::FileIO& io) {
  FIRN_TRY(MakePrivateFolder(folder.root));
  if (HoldsOtherThings(folder.root)) {
    return InvalidArgument("the folder is not a lake and holds other things", folder.root)
        .WithHint("name an empty folder with --lake");
  }
  for (const std::string& part : {folder.root + "/warehouse", folder.ModelsPath()}) {
    FIRN_TRY(MakePrivateFolder(part));
  }
  const Status written = io.WriteAll(io::FileLocation(folder.root + "/firn.toml"), NewConfigText());
  // Somebody else made the lake in the same moment: theirs is as good.
  if (!written.ok() && written.error().kind == ErrorKind::kAlreadyExists) return Ok();
  return written;
}

}  // namespace

std::string LakeFolder::WarehouseLocation() const {
  if (!config.warehouse.empty()) return config.warehouse;
  return io::FileLocation(root + "/warehouse");
}

Result<LakeFolder> OpenLakeFolder(const std::string& path, bool create, io::FileIO& io) {
  std::error_code error;
  LakeFolder folder;
  folder.root = fs::absolute(path, error).lexically_normal().string();
  if (folder.root.size() > 1 && folder.root.back() == '/') folder.root.pop_back();
  const std::string config = io::FileLocation(folder.root + "/firn.toml");
  FIRN_ASSIGN(const bool exists, io.Exists(config));
  if (!exists) {
    if (!create) {
      return NotFound("there is no lake at", folder.root)
          .WithHint("'firn up' makes one and fills it; --lake names another folder");
    }
    FIRN_TRY(CreateLake(folder, io));
  }
  FIRN_ASSIGN(const std::string text, io.ReadAll(config, kConfigBytesMax));
  FIRN_ASSIGN(folder.config, ParseConfig(text, folder.root + "/firn.toml"));
  FIRN_TRY(MakePrivateFolder(folder.TemporaryPath()));
  return folder;
}

Result<std::string> PrivacyKey(const LakeFolder& folder, io::FileIO& io, Env& env) {
  const std::string location = io::FileLocation(folder.PrivacyKeyPath());
  FIRN_ASSIGN(const bool exists, io.Exists(location));
  if (!exists) {
    std::string key;
    while (key.size() < kCipherKeyBytes) {
      const uint64_t bits = env.Random64();
      key.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
    const Status written = io.WriteAll(location, key);
    // Somebody else made one in the same moment: theirs is the lake's.
    if (!written.ok() && written.error().kind != ErrorKind::kAlreadyExists) return written.error();
  }
  FIRN_ASSIGN(std::string key, io.ReadAll(location, kConfigBytesMax));
  if (key.size() != kCipherKeyBytes) {
    return Corrupt("the file is no key of 32 bytes", folder.PrivacyKeyPath())
        .WithHint("restore it from a backup of the lake");
  }
  return key;
}

}  // namespace firn::lakehouse
