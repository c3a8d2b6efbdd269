// SPDX-License-Identifier: Apache-2.0
//
// A simulated lake of one table; include only from tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/io/memory_file_io.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/simulation/baton.h"
#include "firn/maintain/simulation/flaky.h"
#include "firn/maintain/simulation/lake_model.h"
#include "firn/maintain/testing.h"

namespace firn::maintain {

/// What all writers share. Whatever they do to files and the catalog may fail, lets others move on
/// and is watched by the model.
struct SimulatedLake {
  /// `sqlite_file`: where the catalog's database is to be; empty = a catalog in memory.
  explicit SimulatedLake(uint64_t seed, const std::string& sqlite_file = "");

  MaintainContext Context() { return {catalog, files, env, kWarehouse}; }

  /// Once nobody writes any more: lets land what is late, expires and cleans all there is to, and
  /// checks that the table reads as it landed and that no file stays which it does not need.
  void SettleAndCheck();

  static constexpr char kWarehouse[] = "file:///w";
  const catalog::TableName name{{"ns"}, "t"};

  FixedEnv env;
  Baton baton;
  io::MemoryFileIO memory;
  LakeModel model;
  AgedFileIO aged;
  std::unique_ptr<catalog::Catalog> stored;
  WatchedCatalog watched;
  FlakyFiles files;
  FlakyCatalog catalog;

  int64_t wanted_commits = 0;
  int64_t last_version = 0, last_key = 0, last_file = 0;
  std::vector<table::SnapshotId> staged;
  /// Outcomes by operation: "update: conflict" and how often.
  std::map<std::string, int64_t> outcomes;
};

}  // namespace firn::maintain
