// Producer::Impl: the stages of a producer put together.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "client/producer/aggregate.h"
#include "client/producer/loop.h"
#include "client/producer/mailbox.h"
#include "client/producer/meter.h"
#include "client/producer/record_budget.h"
#include "client/producer/transport.h"
#include "common/clock.h"
#include "penstock/producer.h"

namespace penstock {

class Producer::Impl {
 public:
  // `options` are valid.
  Impl(const ProducerOptions& options, std::unique_ptr<producer::Transport> transport,
       const Clock& clock);
  // Stops.
  ~Impl();

  // For tests: a producer on a transport of theirs. INVALID_ARGUMENT as Create.
  static absl::StatusOr<std::unique_ptr<Producer>> Create(
      const ProducerOptions& options, std::unique_ptr<producer::Transport> transport,
      const Clock& clock);

  absl::Status Put(const ProducerRecord& record, PutCallback done);
  void Flush();
  absl::Status WaitUntilGone(producer::RecordBudget::Epoch epoch, absl::Duration timeout);
  absl::Status FlushAndWait(absl::Duration timeout);
  absl::Status Close(absl::Duration timeout);
  void CallWhenRoom(absl::AnyInvocable<void()> ready);
  ProducerStats Stats() const;
  size_t OutstandingRecordsCount() const { return budget_.usage().records; }

  bool IsForked() const;

 private:
  bool OnOwnThread() const { return std::this_thread::get_id() == thread_.get_id(); }

  const ProducerOptions options_;
  const uint64_t fork_generation_;
  const Codec codec_;
  const Clock& clock_;
  // Goes before what its callbacks tell.
  std::unique_ptr<producer::Transport> transport_;
  producer::ProducerMeter meter_;
  producer::RecordBudget budget_;
  producer::Aggregator aggregator_;
  producer::Mailbox mailbox_;
  producer::ProducerLoop loop_;
  std::thread thread_;
};

}  // namespace penstock
