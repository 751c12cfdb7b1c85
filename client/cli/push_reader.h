// PushReader: reads shards as a registered consumer, which is pushed their records.
//
// A subscription for each shard; when its five minutes are over, or its connection is lost, it is
// made anew where it was. Events wait in the broker while those before them are not taken.
//
//   subscribed ──event──> answer      subscribed ──end of the shard──> answer that ends
//        └──over, lost──> error: Start again, now or after a moment
//        └──taken by another, refused──> error: fail
#pragma once

#include <map>
#include <memory>
#include <string>

#include "client/cli/shard_reader.h"
#include "penstock/client.h"

namespace penstock::cli {

class PushReader final : public ShardReader {
 public:
  PushReader(Client& client, std::string stream_name, std::string consumer_name,
             std::shared_ptr<ShardEvents> events)
      : client_(client),
        stream_name_(std::move(stream_name)),
        consumer_name_(std::move(consumer_name)),
        events_(std::move(events)) {}
  ~PushReader() override;

  absl::Status Start(const std::string& shard_id, const IteratorPosition& from) override;
  // More comes by itself.
  void Next(const std::string& /*shard_id*/, const ShardAnswer& /*last*/) override {}
  OnError Judge(const absl::Status& error, bool has_answered) const override;

 private:
  Client& client_;
  const std::string stream_name_;
  const std::string consumer_name_;
  const std::shared_ptr<ShardEvents> events_;
  // One for each shard; those that have ended stay until they are replaced.
  std::map<std::string, std::unique_ptr<Subscription>> subscriptions_;
};

}  // namespace penstock::cli
