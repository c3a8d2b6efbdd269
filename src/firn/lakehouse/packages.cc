// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/packages.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "firn/base/json.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/pipeline/shipped.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileBytesMax = int64_t{16} << 20;
constexpr size_t kFilesMax = 10'000;
constexpr int kDepthMax = 16;

struct FolderContent {
  std::vector<fs::path> files, folders;
};

// What is in a folder, in the order of names, without what editors leave behind; nothing where
// there is no such folder.
Result<FolderContent> ContentOf(const fs::path& folder) {
  FolderContent content;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || name.ends_with('~')) continue;
    std::error_code ignored;
    (entry.is_directory(ignored) ? content.folders : content.files).push_back(entry.path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Io("cannot read the folder", folder.string(), error.message());
  }
  std::ranges::sort(content.files);
  std::ranges::sort(content.folders);
  return content;
}

// What a package has beside its models: queries to try, and data to try them on.
bool IsBesideModels(const fs::path& folder) {
  return folder.filename() == "examples" || folder.filename() == "test";
}

// Adds the files of a folder and of those below it.
Status CollectFiles(const fs::path& folder, int depth_max, std::vector<fs::path>& files) {
  if (depth_max == 0) return ResourceExhausted("folders of models lie too deep", folder.string());
  FIRN_ASSIGN(FolderContent content, ContentOf(folder));
  if (depth_max == kDepthMax) std::erase_if(content.folders, IsBesideModels);
  files.insert(files.end(), content.files.begin(), content.files.end());
  if (files.size() > kFilesMax) {
    return ResourceExhausted("more files than a package has", folder.string(), kFilesMax);
  }
  for (const fs::path& below : content.folders)
    FIRN_TRY(CollectFiles(below, depth_max - 1, files));
  return Ok();
}

// A package without a name of its own is called as its folder.
Result<pipeline::Package> ReadOne(const fs::path& place, const std::vector<fs::path>& paths,
                                  io::FileIO& disk) {
  constexpr std::string_view kHeader = "package.yaml";
  std::vector<std::pair<std::string, std::string>> texts;
  for (const fs::path& path : paths) {
    FIRN_ASSIGN(std::string text, disk.ReadAll(io::FileLocation(path.string()), kFileBytesMax));
    texts.emplace_back(path.string(), std::move(text));
  }
  const auto is_header = [&](const fs::path& path) { return path.filename() == kHeader; };
  if (std::ranges::none_of(paths, is_header)) {
    texts.emplace_back(kHeader, "name: " + Json(place.filename().string()).Dump() + "\n");
  }
  std::vector<EmbeddedFile> files;
  for (const auto& [path, text] : texts)
    files.push_back({path, text});
  return pipeline::ReadPackage(files);
}

// Adds models, seeds and macros, which may read what `package` makes.
Status Add(pipeline::Package more, pipeline::Package& package) {
  for (pipeline::Model& model : more.models) {
    if (const pipeline::Model* other = package.Find(model.name)) {
      return InvalidArgument(model.file + ": a model of this name is in " + other->file + ": " +
                             model.name);
    }
    package.models.push_back(std::move(model));
  }
  for (pipeline::Seed& seed : more.seeds) {
    if (package.FindSeed(seed.name) != nullptr) {
      return InvalidArgument("package " + more.name + ": a seed of this name is in another package",
                             seed.name);
    }
    package.seeds.push_back(std::move(seed));
  }
  for (pipeline::Macro& macro : more.macros) {
    if (const pipeline::Macro* other = package.FindMacro(macro.name, macro.gives)) {
      return InvalidArgument(macro.file + ": a macro of this name is in " + other->file + ": " +
                             macro.name);
    }
    package.macros.push_back(std::move(macro));
  }
  return pipeline::OrderModels(package.models);
}

Result<pipeline::Package> Shipped(pipeline::PackageParts parts) {
  FIRN_ASSIGN(pipeline::Package package, pipeline::ConversationsPackage(parts));
  FIRN_ASSIGN(pipeline::Package reports, pipeline::QueryPerfPackage(parts));
  FIRN_TRY(Add(std::move(reports), package));
  return package;
}

Status BindConfiguration(const LakeConfig& config, pipeline::Package& package) {
  const auto set = [](const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(value);
  };
  return pipeline::BindVariables(package, {{"user_id", set(config.user_id)},
                                           {"user_email", set(config.user_email)},
                                           {"user_tier", set(config.user_tier)}});
}

}  // namespace

Result<pipeline::Package> ShippedPackages(const LakeConfig& config, pipeline::PackageParts parts) {
  FIRN_ASSIGN(pipeline::Package package, Shipped(parts));
  FIRN_TRY(BindConfiguration(config, package));
  return package;
}

Result<pipeline::Package> PackagesOf(const LakeFolder& folder, io::FileIO& disk,
                                     pipeline::PackageParts shipped) {
  FIRN_ASSIGN(pipeline::Package all, Shipped(shipped));
  const fs::path models = folder.ModelsPath();
  FIRN_ASSIGN(const FolderContent content, ContentOf(models));
  const auto add = [&](const fs::path& place, const std::vector<fs::path>& files) -> Status {
    if (files.empty()) return Ok();
    FIRN_ASSIGN(pipeline::Package own, ReadOne(place, files, disk));
    return Add(std::move(own), all);
  };
  FIRN_TRY(add(models, content.files));
  for (const fs::path& place : content.folders) {
    std::vector<fs::path> files;
    FIRN_TRY(CollectFiles(place, kDepthMax, files));
    FIRN_TRY(add(place, files));
  }
  FIRN_TRY(BindConfiguration(folder.config, all));
  return all;
}

}  // namespace firn::lakehouse
