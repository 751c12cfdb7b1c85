#include "storage/rocks_status.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::storage {

absl::Status FromRocksStatus(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const ErrorReason reason =
      status.IsCorruption() ? ErrorReason::kCorruptRecords : ErrorReason::kStorageFailed;
  return MakeError(reason, absl::StrCat(std::string(what), ": ", status.ToString()));
}

}  // namespace penstock::storage
