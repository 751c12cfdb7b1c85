#include "broker/encryption/open_key_service.h"

#include <utility>

#include "broker/encryption/key_ring.h"
#include "broker/encryption/no_key_service.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<std::unique_ptr<KeyService>> OpenKeyService(const std::string& key_ring_file,
                                                           const Clock& clock) {
  if (key_ring_file.empty()) return std::make_unique<NoKeyService>();
  ASSIGN_OR_RETURN(std::unique_ptr<KeyRing> ring, KeyRing::Open(key_ring_file, clock));
  return ring;
}

}  // namespace penstock::broker
