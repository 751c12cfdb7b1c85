#include "broker/grpc/byte_buffer.h"

#include <memory>
#include <utility>

#include "common/error.h"

namespace penstock::broker {

absl::StatusOr<FlatRequest> FlatRequest::From(const ::grpc::ByteBuffer& buffer) {
  ::grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) return FlatRequest(std::move(slice));
  if (buffer.DumpToSingleSlice(&slice).ok()) return FlatRequest(std::move(slice));
  return MakeError(ErrorReason::kInternalFailure, "the request's bytes cannot be read");
}

::grpc::ByteBuffer ToByteBuffer(std::string message) {
  // On the heap, so that its bytes stay where they are, short strings too.
  auto owned = std::make_unique<std::string>(std::move(message));
  char* const bytes = owned->data();
  const size_t size = owned->size();
  const ::grpc::Slice slice(
      bytes, size, [](void* string) { delete static_cast<std::string*>(string); }, owned.release());
  return ::grpc::ByteBuffer(&slice, 1);
}

}  // namespace penstock::broker
