// SPDX-License-Identifier: Apache-2.0
//
// S3 comes in a library of its own (17 MB, with Amazon's SDK), which Arrow can load and register by
// name; only then is "s3" a scheme it knows. So nothing here links to it. GCS and Azure are inside
// Arrow.

#include "firn/io/arrow_fs/open_store.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/filesystem/azurefs.h>
#include <arrow/filesystem/gcsfs.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/util/config.h>
#include <dlfcn.h>

#include "firn/base/base64.h"
#include "firn/io/arrow_fs/store_wall.h"

namespace firn::io {
namespace {

constexpr int64_t kAttemptsMax = 5;
constexpr int64_t kFirstWaitMs = 100;
constexpr double kGcsRetrySecondsMax = 10;  // Google's client counts no attempts.

std::string Property(const StoreProperties& properties, const std::string& key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string() : found->second;
}

// "http://127.0.0.1:9000" in its two parts; without a scheme it is https.
struct Endpoint {
  std::string scheme = "https";
  std::string authority;
};
Endpoint ParseEndpoint(std::string_view text) {
  Endpoint endpoint;
  const size_t end = text.find("://");
  if (end != std::string_view::npos) {
    endpoint.scheme = std::string(text.substr(0, end));
    text.remove_prefix(end + 3);
  }
  while (text.ends_with('/'))
    text.remove_suffix(1);
  endpoint.authority = std::string(text);
  return endpoint;
}

std::string PercentEncoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return encoded;
}

// Tries a request a few times, waiting twice as long each time.
class BoundedRetry : public arrow::fs::S3RetryStrategy {
 public:
  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted) override {
    return error.should_retry && attempted + 1 < kAttemptsMax;
  }
  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail&, int64_t attempted) override {
    return kFirstWaitMs << std::min<int64_t>(attempted, 10);
  }
};

// S3's library lies beside Arrow's, wherever that was found: by its bare name it would be looked
// for where the program's libraries are, which depends on who calls dlopen.
std::string S3Library() {
  const std::string name = "libarrow_s3.so." ARROW_SO_VERSION;
  Dl_info arrow{};
  const auto* const within = reinterpret_cast<const void*>(&arrow::fs::LoadFileSystemFactories);
  if (::dladdr(within, &arrow) == 0 || arrow.dli_fname == nullptr) return name;
  const std::string_view place = arrow.dli_fname;
  return std::string(place.substr(0, place.rfind('/') + 1)) + name;
}

// A library is the process's, so these two know of no object.
Status LoadS3() {
  static std::mutex mutex;
  static bool loaded = false;
  const std::scoped_lock lock(mutex);
  if (loaded) return Ok();
  const std::string library = S3Library();
  if (const auto status = arrow::fs::LoadFileSystemFactories(library.c_str()); !status.ok()) {
    return Unsupported("cannot load the library for S3", library, status.message());
  }
  loaded = true;
  return Ok();
}

// Ends the SDK's threads before the process does. To be called after the SDK has begun: what is
// registered last runs first, and the SDK's own objects must still be there.
void FinalizeS3AtExit() {
  static const int registered = std::atexit([] { arrow::fs::EnsureFinalized(); });
  static_cast<void>(registered);
}

Status CheckAddressing(const StoreProperties& properties) {
  const std::string path_style = Property(properties, "s3.path-style-access");
  const bool own_endpoint = !Property(properties, "s3.endpoint").empty();
  if (path_style.empty() || (path_style == "true") == own_endpoint) return Ok();
  return Unsupported(own_endpoint ? "buckets as host names of a configured endpoint"
                                  : "buckets in the path at Amazon's own endpoints")
      .WithHint("leave path_style out: it is true with an endpoint, false without");
}

std::string S3Uri(const ObjectLocation& location, const StoreProperties& properties) {
  std::string uri = "s3://" + location.bucket + "?allow_delayed_open=true";
  const auto add = [&uri](std::string_view key, std::string_view value) {
    if (!value.empty()) uri.append("&").append(key).append("=").append(PercentEncoded(value));
  };
  std::string region = Property(properties, "s3.region");
  if (const std::string text = Property(properties, "s3.endpoint"); !text.empty()) {
    const Endpoint endpoint = ParseEndpoint(text);
    add("scheme", endpoint.scheme);
    add("endpoint_override", endpoint.authority);
    if (region.empty()) region = "us-east-1";  // What servers of others answer to.
  }
  add("region", region);
  return uri;
}

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenS3(const ObjectLocation& location,
                                                      const StoreProperties& properties) {
  FIRN_TRY(CheckAddressing(properties));
  const std::string key = Property(properties, "s3.access-key-id");
  const std::string secret = Property(properties, "s3.secret-access-key");
  if (key.empty() != secret.empty()) {
    return InvalidArgument("an S3 access key needs its secret key, and the reverse");
  }
  FIRN_TRY(LoadS3());
  arrow::fs::FileSystemFactoryOptions options;
  options.emplace_back("retry_strategy", std::shared_ptr<arrow::fs::S3RetryStrategy>(
                                             std::make_shared<BoundedRetry>()));
  if (!key.empty()) {
    options.emplace_back("access_key", key);
    options.emplace_back("secret_key", secret);
    const std::string token = Property(properties, "s3.session-token");
    if (!token.empty()) options.emplace_back("session_token", token);
  }
  auto opened = arrow::fs::FileSystemFromUriAndOptions(S3Uri(location, properties), options);
  FinalizeS3AtExit();
  return FromStore(std::move(opened), location.prefix);
}

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenGcs(const ObjectLocation& location,
                                                       const StoreProperties& properties) {
  arrow::fs::GcsOptions options = arrow::fs::GcsOptions::Defaults();
  if (const std::string token = Property(properties, "gcs.oauth2.token"); !token.empty()) {
    const auto expires = std::chrono::system_clock::now() + std::chrono::hours(1);
    options = arrow::fs::GcsOptions::FromAccessToken(
        token, std::chrono::time_point_cast<arrow::fs::TimePoint::duration>(expires));
  }
  if (const std::string host = Property(properties, "gcs.service.host"); !host.empty()) {
    const Endpoint endpoint = ParseEndpoint(host);
    options.scheme = endpoint.scheme;
    options.endpoint_override = endpoint.authority;
  }
  if (const std::string project = Property(properties, "gcs.project-id"); !project.empty()) {
    options.project_id = project;
  }
  options.retry_limit_seconds = kGcsRetrySecondsMax;
  FIRN_ASSIGN(std::shared_ptr<arrow::fs::FileSystem> files,
              AskStore([&] { return arrow::fs::GcsFileSystem::Make(options); }, location.prefix));
  return files;
}

Status SetAzureCredential(const StoreProperties& properties, const ObjectLocation& location,
                          arrow::fs::AzureOptions& options) {
  const std::string key = Property(properties, "adls.account-key");
  const std::string sas = Property(properties, "adls.sas-token");
  if (!key.empty()) {
    if (!DecodeBase64(key)) return InvalidArgument("adls.account-key is not Base64");
    return FromStore(options.ConfigureAccountKeyCredential(key), location.prefix);
  }
  if (!sas.empty()) return FromStore(options.ConfigureSASCredential(sas), location.prefix);
  if (options.blob_storage_scheme == "http") {
    return InvalidArgument("Azure takes no login over http", options.blob_storage_authority)
        .WithHint("set account_key or sas_token of [io.azure], or an https endpoint");
  }
  return AskStore([&] { return options.ConfigureDefaultCredential(); }, location.prefix);
}

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenAzure(const ObjectLocation& location,
                                                         const StoreProperties& properties) {
  arrow::fs::AzureOptions options;
  options.account_name =
      location.account.empty() ? Property(properties, "adls.account-name") : location.account;
  if (options.account_name.empty()) {
    return InvalidArgument("no storage account in the location or configuration", location.prefix);
  }
  if (const std::string text = Property(properties, "adls.endpoint"); !text.empty()) {
    const Endpoint endpoint = ParseEndpoint(text);
    options.blob_storage_scheme = options.dfs_storage_scheme = endpoint.scheme;
    options.blob_storage_authority = options.dfs_storage_authority = endpoint.authority;
  }
  FIRN_TRY(SetAzureCredential(properties, location, options));
  FIRN_ASSIGN(std::shared_ptr<arrow::fs::FileSystem> files,
              AskStore([&] { return arrow::fs::AzureFileSystem::Make(options); }, location.prefix));
  return files;
}

}  // namespace

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenStore(const ObjectLocation& location,
                                                         const StoreProperties& properties) {
  switch (location.kind) {
    case StoreKind::kS3:
      return OpenS3(location, properties);
    case StoreKind::kGcs:
      return OpenGcs(location, properties);
    case StoreKind::kAzure:
      return OpenAzure(location, properties);
  }
  return Internal("no such store");
}

std::string StoreKey(const ObjectLocation& location) {
  switch (location.kind) {
    case StoreKind::kS3:
      return "s3:" + location.bucket;  // Buckets may be in different regions.
    case StoreKind::kGcs:
      return "gcs";
    case StoreKind::kAzure:
      return "azure:" + location.account;
  }
  return {};
}

}  // namespace firn::io
