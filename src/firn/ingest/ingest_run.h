// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/uuid.h"
#include "firn/catalog/table_name.h"
#include "firn/datafile/writer_options.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/source.h"
#include "firn/table/schema.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
namespace obs {
class Logger;
class Progress;
}  // namespace obs
}  // namespace firn

namespace firn::ingest {

/// What an ingest works with; all outlive it.
struct IngestContext {
  catalog::Catalog& catalog;
  io::FileIO& lake_io;    ///< Where tables are written.
  io::FileIO& source_io;  ///< Where source files are read.
  Env& env;
  obs::Logger& log;
  obs::Progress& progress;
  datafile::WriterDefaults writing = {};
};

struct IngestOptions {
  catalog::TableName target;  ///< Exists already.
  /// Which table that was when its columns were read: rows go into no other one that has its name.
  std::optional<Uuid> target_uuid;
  /// What the target is to have: columns that it lacks are added in the commit of the rows.
  std::optional<table::Schema> columns;
  std::string machine;
  std::string run_id;
  /// A file whose advisory lock keeps two ingests of one lake from doing the same work twice;
  /// "" = none. Nothing depends on it but time.
  std::string lock_path;
  /// A file that remembers positions between runs; "" = none. May be deleted at any time.
  std::string cache_path;
  int64_t commit_bytes = int64_t{384} << 20;  ///< Source bytes per commit, roughly.
  int64_t queue_bytes = int64_t{48} << 20;    ///< Batches waiting for the writer; of its memory.
  size_t parse_threads = 1;
  size_t block_bytes = size_t{2} << 20;  ///< Files larger than this may be read by all of them.
  bool dry_run = false;                  ///< Reads and counts, writes nothing.
  bool hash_content = false;  ///< Notice a change anywhere in a file, not only near its ends.
};

/// What an ingest did.
struct IngestReport {
  int64_t files_found = 0;
  int64_t files_unchanged = 0;
  int64_t files_new = 0;
  int64_t files_grown = 0;
  int64_t files_rewritten = 0;
  int64_t files_unfinished = 0;  ///< Read this time, up to a last record that is not finished.
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t bytes = 0;  ///< Of source files, taken over in this run.
  int64_t commits = 0;
  int64_t conflicts = 0;                    ///< Times that another ingest was first.
  std::vector<std::string> unrecognised;    ///< Paths of files of no known kind.
  std::vector<FileProblem> problems;        ///< Files that could not be read (to the end).
  std::vector<std::string> reject_samples;  ///< The first few, "file:line: message".
};

/// Reads what is new in `files` into `options.target`.
///
/// Rows, rejects and the positions they end at become visible in one catalog commit per
/// `commit_bytes` of source, which asserts the positions it started from; an ingest that lost
/// against another drops what it wrote and does only what is still missing. So after any crash or
/// failure a rerun ends in the same rows. Needs about `queue_bytes` and the writer's budget.
/// Errors: `kConflict` where `target_uuid` went; of the lake (catalog, full disk, ...); trouble
/// with a source file is in the report.
Result<IngestReport> RunIngest(const IngestContext& context, const Discovery& files,
                               const SourceFormat& format, const IngestOptions& options);

}  // namespace firn::ingest
