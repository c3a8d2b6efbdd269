// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/maintain/clean_table.h"

namespace firn::lakehouse {

/// Whose rows are to be forgotten.
struct ForgetRequest {
  std::string who;  ///< A user, or a conversation: its id, its platform's own, or a beginning.
  bool dry_run = false;
};

/// What went, or would go, of one table.
struct ForgetRow {
  std::string table;
  int64_t rows = 0;
  int64_t files = 0;  ///< That held them.
  int64_t bytes = 0;  ///< Of those files.
  int64_t snapshots = 0;
};

struct ForgetReport {
  bool dry_run = false;
  bool is_user = false;
  int64_t conversations = 0;  ///< Found this time; those a run that was cut short took are not.
  std::vector<ForgetRow> tables;
  int64_t files_searched = 0;     ///< For what should be gone.
  std::vector<std::string> left;  ///< Files that still hold something of it.
};

/// What forgetting works with.
struct ForgetContext {
  const LakeFolder& folder;
  maintain::MaintainContext lake;
  io::FileIO& disk;
  std::function<Status()> run_models;
};

/// Removes a user's or a conversation's rows (with the conversations it started) from every table
/// that has a `conversation_id`, from the log of positions, from what was rejected and from the
/// search index, and lets the models compute anew what was made of them. The tables keep only their
/// current snapshot. What was forgotten is noted by keyed digest, so that no ingest brings it back.
/// At last all files are searched for it.
///
/// A call that was cut short is finished by the same call again.
/// Errors: `kNotFound`, `kInvalidArgument` where `who` is nobody or several; those of
/// `maintain::EraseRows` and of the models.
Result<ForgetReport> Forget(const ForgetContext& context, const ForgetRequest& request);

}  // namespace firn::lakehouse
