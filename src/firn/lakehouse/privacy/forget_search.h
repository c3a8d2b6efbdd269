// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/table_name.h"
#include "firn/lakehouse/privacy/forget.h"
#include "firn/table/schema.h"

namespace firn::io {
struct FileInfo;
}

namespace firn::lakehouse {

/// Searches the files of a lake, named by some snapshot or not, for what should be in none.
class ForgetSearch {
 public:
  /// `ids` are looked for in texts, `is_forgotten` decides about values of `conversation_id`.
  ForgetSearch(const ForgetContext& context, const std::set<std::string>& ids,
               std::function<bool(std::string_view)> is_forgotten);

  /// Reads every Parquet file in the folders of a table. One that holds something and that nothing
  /// refers to (of a call that was cut short) is deleted.
  Status LookInto(const catalog::TableName& name);
  /// Reads all other files of the lake's folder, byte by byte.
  Status LookBeside();

  int64_t files() const { return files_; }
  const std::vector<std::string>& left() const { return left_; }

 private:
  Result<bool> Holds(const io::FileInfo& file, const table::Schema& texts);
  bool HoldsId(std::string_view text) const;

  const ForgetContext& context_;
  const std::set<std::string>& ids_;
  const std::function<bool(std::string_view)> is_forgotten_;
  int64_t files_ = 0;
  std::vector<std::string> left_;
};

}  // namespace firn::lakehouse
