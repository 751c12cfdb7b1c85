#include "client/cli/producer_sink.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/status_macros.h"

namespace penstock::cli {
namespace {

constexpr uint64_t kBatchBytesMin = 1 << 10;
constexpr absl::Duration kRequestTimeoutMin = absl::Milliseconds(100);

class ProducerSink final : public RecordSink {
 public:
  explicit ProducerSink(std::unique_ptr<Producer> producer) : producer_(std::move(producer)) {}

  absl::Status Put(const ProducerRecord& record, PutCallback done) override {
    return producer_->Put(record, std::move(done));
  }
  void Flush() override { producer_->Flush(); }
  uint64_t ThrottledCount() const override {
    const ProducerStats stats = producer_->Stats();
    const auto found = stats.errors_by_code.find("THROUGHPUT_EXCEEDED");
    return found == stats.errors_by_code.end() ? 0 : found->second;
  }

 private:
  const std::unique_ptr<Producer> producer_;
};

// Of a shard, a second; 0: no limit.
struct WriteLimits {
  uint64_t records = 0;
  uint64_t bytes = 0;
};

WriteLimits WriteLimitsOf(const StreamLimits& limits) {
  switch (limits.profile) {
    case StreamLimits::Profile::kKinesis:
      return {1'000, 1 << 20};
    case StreamLimits::Profile::kCustom:
      return {limits.write_records_per_second, limits.write_bytes_per_second};
    case StreamLimits::Profile::kUnlimited:
      break;
  }
  return {};
}

}  // namespace

ProducerOptions ToProducerOptions(const GlobalOptions& globals, const PutArguments& arguments,
                                  const StreamDescription& stream) {
  ProducerOptions options;
  options.stream_name = arguments.stream_name;
  options.client.endpoint = globals.endpoint;
  options.compression = arguments.compression;
  options.aggregation_enabled = arguments.is_aggregated;
  options.collection_max_count = arguments.batch_records_max;
  // A connection that is stuck is left in time to put its batches again on another.
  options.request_timeout =
      std::clamp(globals.timeout() / 2, kRequestTimeoutMin, options.request_timeout);
  const WriteLimits limits = WriteLimitsOf(stream.limits);
  if (limits.records > 0) {
    options.collection_max_count =
        static_cast<uint32_t>(std::min<uint64_t>(options.collection_max_count, limits.records));
  }
  if (limits.bytes > 0) {
    options.collection_max_size = static_cast<size_t>(
        std::clamp<uint64_t>(limits.bytes, kBatchBytesMin, options.collection_max_size));
  }
  return options;
}

absl::Duration PutPatience(const GlobalOptions& globals, const StreamDescription& stream) {
  const uint64_t bytes_per_second = WriteLimitsOf(stream.limits).bytes;
  if (bytes_per_second == 0) return globals.timeout();
  const double record_bytes_max = stream.record_kib_max * 1024.0;
  return globals.timeout() +
         absl::Seconds(record_bytes_max / static_cast<double>(bytes_per_second));
}

absl::StatusOr<std::unique_ptr<RecordSink>> MakeProducerSink(const ProducerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Producer> producer, Producer::Create(options));
  return std::make_unique<ProducerSink>(std::move(producer));
}

}  // namespace penstock::cli
