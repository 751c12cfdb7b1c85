// ConsumerRegistry: the registered consumers of streams. Both doors call it.
//
// Consumers are part of their stream's configuration: registering and deregistering changes the
// stream (StreamCatalog::ChangeStream), so that they are stored with it and go with it, and the
// data plane sees in the stream's next snapshot who is there. There is nothing to be prepared for a
// consumer: it is ACTIVE at once.
//
// Thread-safe. Register and Deregister answer on a thread of the catalog's executor; the rest from
// memory, on the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/account_settings.h"
#include "broker/stream/stream_catalog.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/tags.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"

namespace penstock::broker {

struct RegisterConsumerSpec {
  std::string stream_name;
  std::string consumer_name;
  std::vector<Tag> tags;
};

// Either next_token, or stream_name with what it needs.
struct ListConsumersQuery {
  std::string stream_name = {};
  std::string next_token = {};
  // 0 stands for kListConsumersDefault.
  uint32_t max_results = 0;
  std::optional<int64_t> stream_creation_timestamp_ms = std::nullopt;
};

struct ConsumerPage {
  std::shared_ptr<const StreamSnapshot> stream;
  // In order of name.
  std::vector<ConsumerInfo> consumers;
  // Empty on the last page.
  std::string next_token;
};

// The rules, on a stream's configuration. AddConsumer: INVALID_ARGUMENT; ALREADY_EXISTS
// (CONSUMER_ALREADY_EXISTS); RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): it has kConsumersPerStreamMax, or
// kConsumersPerStreamMaxCommitted where the account has its commitment.
absl::Status AddConsumer(const RegisterConsumerSpec& spec, bool committed, int64_t now_ms,
                         StreamConfig& config);
// NOT_FOUND (CONSUMER_NOT_FOUND).
absl::Status RemoveConsumer(std::string_view consumer_name, StreamConfig& config);

// INVALID_ARGUMENT unless it is 1 to 128 of letters, digits, '_', '.', '-'.
absl::Status CheckConsumerName(std::string_view consumer_name);
absl::Status NoSuchConsumer(std::string_view stream_name, std::string_view consumer_name);

class ConsumerRegistry {
 public:
  using RegisteredCallback = std::function<void(absl::StatusOr<ConsumerInfo>)>;
  using DoneCallback = StreamCatalog::DoneCallback;

  // All must outlive it.
  struct Options {
    StreamCatalog& catalog;
    const AccountSettings& account;
    const TokenCodec& tokens;
    const Clock& clock;
  };

  explicit ConsumerRegistry(const Options& options) : options_(options) {}

  // Errors of AddConsumer and StreamCatalog::ChangeStream; the stream may be UPDATING.
  void Register(RegisterConsumerSpec spec, RegisteredCallback done);
  // Errors of RemoveConsumer and StreamCatalog::ChangeStream; the stream may be UPDATING.
  void Deregister(std::string stream_name, std::string consumer_name, DoneCallback done);

  // INVALID_ARGUMENT, NOT_FOUND (STREAM_NOT_FOUND, CONSUMER_NOT_FOUND).
  absl::StatusOr<ConsumerInfo> Describe(std::string_view stream_name,
                                        std::string_view consumer_name) const;
  // INVALID_ARGUMENT, NOT_FOUND (STREAM_NOT_FOUND: also where the stream is of another creation
  // time), FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN).
  absl::StatusOr<ConsumerPage> List(const ListConsumersQuery& query) const;

 private:
  const Options options_;
};

}  // namespace penstock::broker
