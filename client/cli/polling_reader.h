// PollingReader: reads shards with long-polls of GetRecords, one under way for each shard; the next
// is asked for when the answer was taken, so that a slow reader slows the polls.
//
// LIMIT: an answer has up to 10 MiB, and there is one for each shard when many are far behind.
#pragma once

#include <memory>
#include <string>

#include "client/cli/shard_reader.h"
#include "penstock/client.h"

namespace penstock::cli {

class PollingReader final : public ShardReader {
 public:
  // `waits`: at the tip an answer comes with the next record; otherwise at once.
  PollingReader(Client& client, std::string stream_name, bool waits,
                std::shared_ptr<ShardEvents> events)
      : client_(client),
        stream_name_(std::move(stream_name)),
        waits_(waits),
        events_(std::move(events)) {}

  absl::Status Start(const std::string& shard_id, const IteratorPosition& from) override;
  void Next(const std::string& shard_id, const ShardAnswer& last) override;
  // The client itself has tried again whatever else there is to be tried again.
  OnError Judge(const absl::Status& error, bool has_answered) const override;

 private:
  void Poll(const std::string& shard_id, const std::string& iterator, absl::Duration wait);

  Client& client_;
  const std::string stream_name_;
  const bool waits_;
  const std::shared_ptr<ShardEvents> events_;
};

}  // namespace penstock::cli
