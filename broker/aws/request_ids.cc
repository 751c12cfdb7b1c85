#include "broker/aws/request_ids.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "absl/random/random.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace penstock::broker {
namespace {

uint64_t Random() {
  // Seeded by the system, one a thread: answers do not wait for each other.
  thread_local absl::InsecureBitGen generator;
  return absl::Uniform<uint64_t>(generator);
}

}  // namespace

std::string MakeRequestId() {
  const uint64_t high = Random();
  const uint64_t low = Random();
  // Version 4, variant 1 (RFC 4122).
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32, (high >> 16) & 0xffff,
                         high & 0xfff, 0x8000 | (low >> 50), low & 0xffff'ffff'ffff);
}

std::string MakeExtendedRequestId() {
  std::array<uint64_t, 9> words;
  for (uint64_t& word : words) word = Random();
  std::array<char, sizeof(words)> bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

}  // namespace penstock::broker
