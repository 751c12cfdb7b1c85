#include "broker/stream/consumer_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/page_token.h"
#include "broker/stream/request_checks.h"
#include "broker/stream/stream_requests.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr int64_t kMsPerSecond = 1'000;

// Where a consumer of that name is, or belongs.
std::vector<ConsumerInfo>::iterator PlaceOf(std::string_view name, StreamConfig& config) {
  return std::lower_bound(
      config.consumers.begin(), config.consumers.end(), name,
      [](const ConsumerInfo& consumer, std::string_view wanted) { return consumer.name < wanted; });
}

absl::Status CheckTokenAlone(const ListConsumersQuery& query) {
  if (!query.stream_name.empty()) {
    return InvalidField("stream_name", "is not allowed together with next_token");
  }
  if (query.stream_creation_timestamp_ms) {
    return InvalidField("stream_creation_timestamp_ms", "is not allowed together with next_token");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckConsumerName(std::string_view consumer_name) {
  return CheckName("consumer_name", consumer_name, kConsumerNameCharsMax);
}

absl::Status NoSuchConsumer(std::string_view stream_name, std::string_view consumer_name) {
  return MakeError(ErrorReason::kConsumerNotFound,
                   absl::StrCat("consumer ", Excerpt(consumer_name), " of stream ",
                                Excerpt(stream_name), " does not exist"));
}

absl::Status AddConsumer(const RegisterConsumerSpec& spec, bool committed, int64_t now_ms,
                         StreamConfig& config) {
  RETURN_IF_ERROR(CheckConsumerName(spec.consumer_name));
  ASSIGN_OR_RETURN(Tags tags, ResolveTags(spec.tags));
  const auto place = PlaceOf(spec.consumer_name, config);
  if (place != config.consumers.end() && place->name == spec.consumer_name) {
    return MakeError(ErrorReason::kConsumerAlreadyExists,
                     absl::StrCat("consumer ", spec.consumer_name, " of stream ", config.name,
                                  " already exists"));
  }
  const uint32_t max = committed ? kConsumersPerStreamMaxCommitted : kConsumersPerStreamMax;
  if (config.consumers.size() >= max) {
    return MakeError(ErrorReason::kLimitExceeded,
                     absl::StrCat("stream ", config.name, " has ", config.consumers.size(),
                                  " consumers; it takes no more than ", max));
  }
  // Whole seconds, as in the ARN of Kinesis. Later than that of any consumer that is gone, however
  // soon the name is used again and wherever the clock has gone.
  const int64_t creation_ms = std::max(now_ms - now_ms % kMsPerSecond,
                                       config.last_deregistered_timestamp_ms + kMsPerSecond);
  config.consumers.insert(place, {spec.consumer_name, creation_ms, std::move(tags)});
  return absl::OkStatus();
}

absl::Status RemoveConsumer(std::string_view consumer_name, StreamConfig& config) {
  RETURN_IF_ERROR(CheckConsumerName(consumer_name));
  const auto place = PlaceOf(consumer_name, config);
  if (place == config.consumers.end() || place->name != consumer_name) {
    return NoSuchConsumer(config.name, consumer_name);
  }
  config.last_deregistered_timestamp_ms =
      std::max(config.last_deregistered_timestamp_ms, place->creation_timestamp_ms);
  config.consumers.erase(place);
  return absl::OkStatus();
}

void ConsumerRegistry::Register(RegisterConsumerSpec spec, RegisteredCallback done) {
  std::string stream_name = spec.stream_name;
  std::string consumer_name = spec.consumer_name;
  options_.catalog.ChangeStream(
      std::move(stream_name), ChangeableIn::kServing,
      [this, spec = std::move(spec)](StreamConfig& config) {
        return AddConsumer(spec, options_.account.committed(), options_.clock.NowMs(), config);
      },
      [done = std::move(done),
       name = std::move(consumer_name)](const absl::StatusOr<StreamChange>& change) {
        if (change.ok()) {
          done(*change->after->FindConsumer(name));
        } else {
          done(change.status());
        }
      });
}

void ConsumerRegistry::Deregister(std::string stream_name, std::string consumer_name,
                                  DoneCallback done) {
  // Also of a stream that is being created or deleted, which has none: Kinesis knows no other
  // answer.
  absl::Status there = Describe(stream_name, consumer_name).status();
  if (!there.ok()) return done(std::move(there));
  options_.catalog.ChangeStream(
      std::move(stream_name), ChangeableIn::kServing,
      [name = std::move(consumer_name)](StreamConfig& config) {
        return RemoveConsumer(name, config);
      },
      [done = std::move(done)](const absl::StatusOr<StreamChange>& change) {
        done(change.status());
      });
}

absl::StatusOr<ConsumerInfo> ConsumerRegistry::Describe(std::string_view stream_name,
                                                        std::string_view consumer_name) const {
  RETURN_IF_ERROR(CheckConsumerName(consumer_name));
  ASSIGN_OR_RETURN(const auto stream, options_.catalog.DescribeStreamSummary(stream_name));
  const ConsumerInfo* const consumer = stream->FindConsumer(consumer_name);
  if (consumer == nullptr) return NoSuchConsumer(stream_name, consumer_name);
  return *consumer;
}

absl::StatusOr<ConsumerPage> ConsumerRegistry::List(const ListConsumersQuery& query) const {
  ASSIGN_OR_RETURN(const uint32_t limit,
                   ResolvePageSize("max_results", query.max_results, kListConsumersDefault));
  ConsumerPage page;
  NameCursor cursor;
  if (query.next_token.empty()) {
    ASSIGN_OR_RETURN(page.stream, options_.catalog.DescribeStreamSummary(query.stream_name));
    RETURN_IF_ERROR(CheckCreationTime(page.stream->config(), query.stream_creation_timestamp_ms));
  } else {
    RETURN_IF_ERROR(CheckTokenAlone(query));
    ASSIGN_OR_RETURN(cursor, OpenNameCursor(options_.tokens, TokenPurpose::kListConsumers,
                                            query.next_token, options_.clock.NowMs()));
    ASSIGN_OR_RETURN(page.stream, options_.catalog.Find(cursor.stream));
  }
  const std::vector<ConsumerInfo>& consumers = page.stream->config().consumers;
  auto next = std::upper_bound(
      consumers.begin(), consumers.end(), cursor.after,
      [](const std::string& after, const ConsumerInfo& consumer) { return after < consumer.name; });
  for (; next != consumers.end() && page.consumers.size() < limit; ++next) {
    page.consumers.push_back(*next);
  }
  if (next != consumers.end()) {
    page.next_token = SealNameCursor(options_.tokens, TokenPurpose::kListConsumers,
                                     {page.stream->config().id, page.consumers.back().name});
  }
  return page;
}

}  // namespace penstock::broker
