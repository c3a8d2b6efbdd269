// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/metadata.h"

namespace firn::training {

/// A row of `gold.training_datasets`: a set that was made, and all that it takes to make it again.
struct Dataset {
  std::string dataset_id;
  std::optional<std::string> platform;  ///< Unset where the set has several.
  std::string format;
  std::vector<std::string> conversation_ids;  ///< In the order of the files.
  std::string file_path;
  TimeUs created_at;
  int64_t total_tokens = 0;
  std::optional<TimeUs> start;  ///< Of the first conversation to begin,
  std::optional<TimeUs> end;    ///< and of the last.
  std::map<std::string, std::string> filters;
  std::map<std::string, int64_t> snapshots;  ///< Table by table, what the rows were read from.
  std::string splits;
  std::string duplicates;
  std::string redaction;  ///< "none", or how the policy is fingerprinted.
  std::string digest;     ///< SHA-256 of the manifest.
};

inline constexpr const char* kDatasetsTable = "gold.training_datasets";

/// What the table is made with.
table::NewTable DatasetsBlueprint();

/// A batch of that one row.
Result<std::shared_ptr<arrow::RecordBatch>> DatasetRow(const Dataset& dataset);

}  // namespace firn::training
