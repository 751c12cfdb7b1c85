#include "client/cli/producer_sink.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

StreamDescription StreamWith(const StreamLimits& limits) {
  StreamDescription stream;
  stream.record_kib_max = 1'024;
  stream.limits = limits;
  return stream;
}

StreamLimits Custom(uint64_t records, uint64_t bytes) {
  return {.profile = StreamLimits::Profile::kCustom,
          .write_records_per_second = records,
          .write_bytes_per_second = bytes};
}

TEST_CASE("the producer of put gets what the command line says") {
  GlobalOptions globals;
  globals.endpoint = "127.0.0.1:1";
  globals.timeout_seconds = 5;
  PutArguments arguments;
  arguments.stream_name = "orders";
  const StreamDescription stream = StreamWith(StreamLimits::Unlimited());
  const ProducerOptions plain = ToProducerOptions(globals, arguments, stream);
  CHECK(plain.stream_name == "orders");
  CHECK(plain.client.endpoint == "127.0.0.1:1");
  CHECK(plain.compression == Compression::kNone);
  CHECK_FALSE(plain.aggregation_enabled);
  CHECK(plain.collection_max_count == 65'536);
  // Twice within the patience.
  CHECK(plain.request_timeout == absl::Milliseconds(2'500));
  CHECK(plain.record_ttl == absl::InfiniteDuration());
  CHECK(MakeProducerSink(plain).ok());

  arguments.compression = Compression::kZstd;
  arguments.is_aggregated = true;
  arguments.batch_records_max = 50;
  globals.timeout_seconds = 0.001;
  const ProducerOptions other = ToProducerOptions(globals, arguments, stream);
  CHECK(other.compression == Compression::kZstd);
  CHECK(other.aggregation_enabled);
  CHECK(other.collection_max_count == 50);
  CHECK(MakeProducerSink(other).ok());
}

TEST_CASE("of a stream with limits a batch has no more than a second's worth") {
  const GlobalOptions globals;
  const PutArguments arguments{.stream_name = "orders"};
  const auto options_of = [&](const StreamLimits& limits) {
    const ProducerOptions options = ToProducerOptions(globals, arguments, StreamWith(limits));
    CHECK(MakeProducerSink(options).ok());
    return options;
  };
  const ProducerOptions kinesis = options_of(StreamLimits::Kinesis());
  CHECK(kinesis.collection_max_count == 1'000);
  CHECK(kinesis.collection_max_size == 1 << 20);
  const ProducerOptions small = options_of(Custom(3, 50'000));
  CHECK(small.collection_max_count == 3);
  CHECK(small.collection_max_size == 50'000);
  // The least that a batch may be.
  CHECK(options_of(Custom(0, 10)).collection_max_size == 1 << 10);
  const ProducerOptions large = options_of(Custom(uint64_t{1} << 40, uint64_t{1} << 40));
  CHECK(large.collection_max_count == 65'536);
  CHECK(large.collection_max_size == 1 << 20);
}

TEST_CASE("the patience has room for the largest record of a stream with limits") {
  GlobalOptions globals;
  globals.timeout_seconds = 5;
  CHECK(PutPatience(globals, StreamWith(StreamLimits::Unlimited())) == absl::Seconds(5));
  CHECK(PutPatience(globals, StreamWith(StreamLimits::Kinesis())) == absl::Seconds(6));
  CHECK(PutPatience(globals, StreamWith(Custom(0, 1'024))) == absl::Seconds(5 + 1'024));
  CHECK(PutPatience(globals, StreamWith(Custom(1, 0))) == absl::Seconds(5));
}

}  // namespace
}  // namespace penstock::cli
