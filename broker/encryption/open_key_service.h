// OpenKeyService: the key service that the configuration asks for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "broker/encryption/key_service.h"
#include "common/clock.h"

namespace penstock::broker {

// A KeyRing on `key_ring_file`, or a NoKeyService if that is empty. Errors as KeyRing::Open.
// `clock` must outlive it.
absl::StatusOr<std::unique_ptr<KeyService>> OpenKeyService(const std::string& key_ring_file,
                                                           const Clock& clock);

}  // namespace penstock::broker
