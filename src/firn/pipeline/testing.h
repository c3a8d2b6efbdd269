// SPDX-License-Identifier: Apache-2.0
//
// A small lake for tests of runs: events come in, models make tables of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/io/memory_file_io.h"
#include "firn/pipeline/native_model.h"
#include "firn/pipeline/package.h"
#include "firn/pipeline/run.h"
#include "firn/sql/engine.h"

namespace firn::pipeline {

/// A row of `bronze.events`.
struct Event {
  std::string id, day;
  int64_t at = 0;
  int64_t amount = 0;
};

/// Adds up the amounts per id, with the sums so far as its state: `silver.sums`.
class SumModel : public NativeModel {
 public:
  SumModel();
  std::string_view name() const override { return "sums"; }
  std::string_view version() const override { return version_; }
  const NativeSource& source() const override { return source_; }
  const std::vector<NativeTarget>& targets() const override { return targets_; }
  std::string_view state_table() const override { return "silver.sums"; }
  Result<Outcome> Process(const NativeGroup& group, GroupRows& rows, RowSink& sink) override;

  std::string version_ = "1";
  std::function<void()> on_process = [] {};  ///< Called for each group, before it is read.

 private:
  NativeSource source_;
  std::vector<NativeTarget> targets_;
};

/// Tables by name, each as its rows in text, sorted.
using Contents = std::map<std::string, std::vector<std::string>>;

/// A lake in memory. `files` is what its tables are written to; runs may be given another view of
/// it.
class TestLake {
 public:
  TestLake();

  /// Appends events in one commit.
  void Add(const std::vector<Event>& events);
  /// Runs the package; `files` defaults to the lake's own.
  Result<RunOutcome> Run(const Package& package, const RunRequest& request = {},
                         io::FileIO* files = nullptr);
  /// Every table of silver and gold.
  Contents Read();
  /// The rows of a query, in text.
  std::vector<std::string> Query(const std::string& sql);
  /// Data files that no table refers to.
  std::vector<std::string> Orphans();

  FixedEnv env;
  io::MemoryFileIO files;
  std::unique_ptr<catalog::Catalog> catalog;
  SumModel sums;
};

/// The models of the test lake, with more added or some replaced: by file name.
Package TestPackage(const std::map<std::string, std::string>& more = {});

}  // namespace firn::pipeline
