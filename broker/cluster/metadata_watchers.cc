#include "broker/cluster/metadata_watchers.h"

#include <utility>
#include <vector>

#include "common/check.h"

namespace penstock::broker {

class MetadataWatchers::Handle final : public MetadataWatch {
 public:
  Handle(MetadataWatchers& watchers, uint64_t id) : watchers_(watchers), id_(id) {}
  ~Handle() override { watchers_.Remove(id_); }

 private:
  MetadataWatchers& watchers_;
  const uint64_t id_;
};

MetadataWatchers::~MetadataWatchers() {
  MutexLock lock(mutex_);
  CHECK(watches_.empty());
}

std::unique_ptr<MetadataWatch> MetadataWatchers::Add(std::string_view prefix,
                                                     MetadataCallback callback) {
  MutexLock lock(mutex_);
  const uint64_t id = next_id_++;
  watches_.emplace(
      id, Watch{std::string(prefix), std::make_shared<MetadataCallback>(std::move(callback))});
  return std::make_unique<Handle>(*this, id);
}

void MetadataWatchers::Remove(uint64_t id) {
  MutexLock lock(mutex_);
  watches_.erase(id);
  while (calling_id_ == id && calling_thread_ != std::this_thread::get_id()) {
    call_ended_.Wait(mutex_);
  }
}

void MetadataWatchers::Enqueue(MetadataEvent event) {
  MutexLock lock(mutex_);
  if (!watches_.empty()) events_.push_back(std::move(event));
}

void MetadataWatchers::Deliver() {
  MutexLock lock(mutex_);
  if (delivering_) return;
  delivering_ = true;
  while (!events_.empty()) {
    const MetadataEvent event = std::move(events_.front());
    events_.pop_front();
    std::vector<uint64_t> ids;
    for (const auto& [id, watch] : watches_) {
      if (event.key.compare(0, watch.prefix.size(), watch.prefix) == 0) ids.push_back(id);
    }
    for (const uint64_t id : ids) Call(id, event);
  }
  delivering_ = false;
}

void MetadataWatchers::Call(uint64_t id, const MetadataEvent& event) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  const std::shared_ptr<MetadataCallback> callback = found->second.callback;
  calling_id_ = id;
  calling_thread_ = std::this_thread::get_id();
  mutex_.Unlock();
  (*callback)(event);
  mutex_.Lock();
  calling_id_ = 0;
  call_ended_.NotifyAll();
}

}  // namespace penstock::broker
