// SPDX-License-Identifier: Apache-2.0
//
// A shim after SQLite's own test_vfs.c: a file object that holds the real one and passes every
// method on. Its methods carry no pointer of ours, hence the state at file scope.

#include "firn/catalog/sqlite/faulty_vfs.h"

#include <atomic>
#include <cstring>

#include <sqlite3.h>

namespace firn::catalog {
namespace {

struct Faults {
  std::atomic<int64_t> operations = 0;
  std::atomic<int64_t> fail_at = 0;
  std::atomic<bool> stays_broken = false;

  bool Next() {
    const int64_t number = ++operations;
    const int64_t at = fail_at;
    return at > 0 && (number == at || (number > at && stays_broken));
  }
};
Faults faults;
sqlite3_vfs* real_vfs = nullptr;

// SQLite allocates szOsFile bytes for one; the real file follows in the same block.
struct ShimFile {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<ShimFile*>(file)->real();
}

int Close(sqlite3_file* file) {
  return Real(file)->pMethods->xClose(Real(file));
}
int Read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), out, count, offset);
}
int Write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  if (faults.Next()) {
    // Half of it arrives, as when a disk fills.
    Real(file)->pMethods->xWrite(Real(file), bytes, count / 2, offset);
    return SQLITE_IOERR_WRITE;
  }
  return Real(file)->pMethods->xWrite(Real(file), bytes, count, offset);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (faults.Next()) return SQLITE_IOERR_TRUNCATE;
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  if (faults.Next()) return SQLITE_IOERR_FSYNC;
  return Real(file)->pMethods->xSync(Real(file), flags);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xLock(Real(file), level);
}
int Unlock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xUnlock(Real(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* out) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), out);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), operation, argument);
}
int SectorSize(sqlite3_file* file) {
  return Real(file)->pMethods->xSectorSize(Real(file));
}
int DeviceCharacteristics(sqlite3_file* file) {
  return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
}
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) {
  Real(file)->pMethods->xShmBarrier(Real(file));
}
int ShmUnmap(sqlite3_file* file, int remove) {
  return Real(file)->pMethods->xShmUnmap(Real(file), remove);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

int OpenFile(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, Real(file), flags, out_flags);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

sqlite3_vfs shim_vfs;

}  // namespace

FaultyVfs::FaultyVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  shim_vfs = *real_vfs;
  shim_vfs.pNext = nullptr;
  shim_vfs.zName = "firn-faulty";
  shim_vfs.szOsFile = real_vfs->szOsFile + static_cast<int>(sizeof(ShimFile));
  shim_vfs.xOpen = OpenFile;
  sqlite3_vfs_register(&shim_vfs, 1);
  Arm(0, false);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&shim_vfs);
}

void FaultyVfs::Arm(int64_t fail_at, bool stays_broken) {
  faults.operations = 0;
  faults.fail_at = fail_at;
  faults.stays_broken = stays_broken;
}

int64_t FaultyVfs::operations() const {
  return faults.operations;
}

bool FaultyVfs::fault_reached() const {
  return faults.fail_at > 0 && faults.operations >= faults.fail_at;
}

}  // namespace firn::catalog
