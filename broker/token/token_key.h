// The key of the TokenCodec: random, made at the first start, kept in the metadata store under
// `secret/token-key`, so that tokens outlive a restart and hold on every node of a cluster.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "broker/cluster/metadata_store.h"

namespace penstock::broker {

// TokenCodec::kKeyBytes bytes. DATA_LOSS if what is stored is no such key; otherwise as the
// metadata store. Blocks.
absl::StatusOr<std::string> LoadOrMakeTokenKey(MetadataStore& metadata);

}  // namespace penstock::broker
