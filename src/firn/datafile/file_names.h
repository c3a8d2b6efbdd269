// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/env.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// Names the new files of a table: `<folder>/<partition>/<table>_<kind>_<YYYYMMDD>_<ULID>.<ext>`,
/// in its data folder (`write.data.path`, else `<location>/data`).
class FileNames {
 public:
  /// `env` outlives this.
  FileNames(const table::TableMetadata& metadata, std::string_view table_name, Env& env);

  /// A location of a file that does not exist; `partition_path` is that of `table::PartitionPath`.
  std::string New(std::string_view partition_path, std::string_view kind,
                  std::string_view extension) const;

 private:
  Env* env_;
  std::string folder_;
  std::string name_;
};

}  // namespace firn::datafile
