// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/table/metadata.h"

namespace firn::maintain {

/// Which files are a table's own to delete. Metadata is not to be trusted with that: it may name
/// any file and call any folder its own, by mistake or on purpose.
///
/// A file is the table's where it lies within one of its folders, that folder lies within the
/// warehouse, and no other table has a folder there that is as deep or deeper.
class TableFolders {
 public:
  /// `others`: all folders of the other tables of the catalog (`FoldersOf` each).
  TableFolders(const table::TableMetadata& metadata, std::string_view warehouse,
               std::vector<std::string> others);

  bool Owns(std::string_view location) const;
  /// The table's folders inside the warehouse; none within another one of them.
  const std::vector<std::string>& folders() const { return folders_; }
  /// A folder of another table that lies in one of ours or is one of ours; empty where there is
  /// none. What nobody references in such a place may be anybody's.
  std::string SharedFolder() const;

 private:
  std::vector<std::string> folders_;
  std::vector<std::string> others_;
};

/// The folders a table says are its own: its location, and where write.data.path,
/// write.metadata.path and the like send new files.
std::vector<std::string> FoldersOf(const table::TableMetadata& metadata);

}  // namespace firn::maintain
