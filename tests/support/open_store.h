// OpenStore: a Store in a folder of the test's, opened again and again.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "storage/store.h"

namespace penstock::testing {

// The store and the lock on its directory, gone in the right order.
struct OpenStore {
  std::unique_ptr<storage::DataDirectory> directory;
  std::unique_ptr<storage::Store> store;

  storage::Store& operator*() const { return *store; }
  storage::Store* operator->() const { return store.get(); }
};

inline absl::StatusOr<OpenStore> TryOpenStore(const std::string& path,
                                              const storage::LaneOptions& options = {},
                                              uint32_t lanes = 1) {
  absl::StatusOr<storage::DataDirectory> directory = storage::DataDirectory::Open(path, lanes);
  if (!directory.ok()) return directory.status();
  OpenStore open;
  open.directory = std::make_unique<storage::DataDirectory>(*std::move(directory));
  absl::StatusOr<std::unique_ptr<storage::Store>> store =
      storage::Store::Open(*open.directory, options);
  if (!store.ok()) return store.status();
  open.store = *std::move(store);
  const absl::Status marked = open.directory->MarkInitialized();
  if (!marked.ok()) return marked;
  return open;
}

inline OpenStore MustOpenStore(const std::string& path, const storage::LaneOptions& options = {},
                               uint32_t lanes = 1) {
  absl::StatusOr<OpenStore> open = TryOpenStore(path, options, lanes);
  if (!open.ok()) throw std::runtime_error(open.status().ToString());
  return *std::move(open);
}

}  // namespace penstock::testing
