// SPDX-License-Identifier: Apache-2.0
//
// Files and a catalog that fail now and then; include only from tests.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/catalog/forwarding_testing.h"
#include "firn/io/testing.h"
#include "firn/maintain/simulation/baton.h"

namespace firn::maintain {

/// Fails one call in many with `kIo`, having done nothing.
class FlakyFiles : public io::ForwardingFileIO {
 public:
  FlakyFiles(io::FileIO& inner, uint64_t seed) : ForwardingFileIO(inner), random_(seed) {}

  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override {
    FIRN_TRY(MayFail());
    return ForwardingFileIO::Open(location);
  }
  Result<std::unique_ptr<io::OutputFile>> Create(std::string_view location) override {
    FIRN_TRY(MayFail());
    return ForwardingFileIO::Create(location);
  }
  Status Delete(std::string_view location) override {
    FIRN_TRY(MayFail());
    return ForwardingFileIO::Delete(location);
  }
  Result<std::vector<io::FileInfo>> List(std::string_view prefix) override {
    FIRN_TRY(MayFail());
    return ForwardingFileIO::List(prefix);
  }

 private:
  Status MayFail() { return random_.Chance(2000) ? Status(Io("planned")) : Ok(); }

  table::Random random_;
};

/// Shows every commit that lands to a listener before anybody else moves.
class WatchedCatalog : public catalog::ForwardingCatalog {
 public:
  using Landed = std::function<void(const catalog::LoadedTable&)>;

  WatchedCatalog(catalog::Catalog& inner, Landed landed)
      : ForwardingCatalog(inner), landed_(std::move(landed)) {}

  Result<std::vector<catalog::LoadedTable>> Commit(
      std::span<const catalog::TableChange> changes) override {
    auto committed = inner().Commit(changes);
    if (committed) {
      for (const catalog::LoadedTable& table : *committed)
        landed_(table);
    }
    return committed;
  }

 private:
  Landed landed_;
};

/// Loses requests and replies of commits: a lost reply has landed, a lost request may land later.
class FlakyCatalog : public catalog::ForwardingCatalog {
 public:
  FlakyCatalog(catalog::Catalog& inner, Baton& baton, uint64_t seed)
      : ForwardingCatalog(inner), baton_(baton), random_(seed) {}

  Result<catalog::LoadedTable> LoadTable(const catalog::TableName& name) override {
    baton_.Yield();
    return inner().LoadTable(name);
  }

  Result<std::vector<catalog::LoadedTable>> Commit(
      std::span<const catalog::TableChange> changes) override {
    baton_.Yield();
    if (!late_.empty() && random_.Chance(2)) LandLate();
    const int64_t fate = random_.Below(60);
    if (fate == 0) return Unavailable("planned");
    if (fate == 1) {
      late_.emplace_back(changes.begin(), changes.end());
      return OutcomeUnknown("request lost");
    }
    auto committed = inner().Commit(changes);
    baton_.Yield();
    if (fate == 2 && committed) return OutcomeUnknown("reply lost");
    return committed;
  }

  /// Lets everything land that still can.
  void LandAllLate() {
    while (!late_.empty())
      LandLate();
  }

 private:
  void LandLate() {
    const std::vector<catalog::TableChange> changes = std::move(late_.front());
    late_.erase(late_.begin());
    inner().Commit(changes).Ignore("its writer has been told that nobody knows");
  }

  Baton& baton_;
  table::Random random_;
  std::vector<std::vector<catalog::TableChange>> late_;  // Sent, and not answered.
};

}  // namespace firn::maintain
