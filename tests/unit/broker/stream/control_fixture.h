// ControlFixture: SettingsFixture as the operation tables use it, with a stream in each state.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/operation_table.h"
#include "tests/support/settings_fixture.h"

namespace penstock::testing {

class ControlFixture : public SettingsFixture {
 public:
  using SettingsFixture::account_;
  using SettingsFixture::catalog_;
  using SettingsFixture::clock_;
  using SettingsFixture::keys_;
  using SettingsFixture::shards_;

  // Jobs that the test has held up go on, or stopping would wait for them.
  ~ControlFixture() { shards_.Release(); }

  // Before anything is made.
  void LimitNode(uint32_t streams, uint32_t shards) {
    streams_max_ = streams;
    shards_max_ = shards;
    Must(Restart());
  }
  void Commit() { Must(SettingsFixture::Commit(broker::CommitmentStatus::kEnabled).status()); }

  // A stream "orders" that stays in the state.
  void Creating() {
    shards_.HoldAfter(0);
    Must(Create({"orders", 1}));
  }
  void Updating() {
    Active(2);
    shards_.HoldAfter(0);
    Must(Scale("orders", 4));
  }
  void Deleting() {
    Active();
    shards_.HoldAfter(0);
    Must(Delete("orders"));
  }
  // ACTIVE.
  void Active(uint32_t shards = 1) { CreateActive("orders", shards); }
  void Active(broker::CreateStreamSpec spec) {
    spec.name = "orders";
    Must(Create(std::move(spec)));
    MustWait();
  }
  // With the limits of Kinesis on changes too.
  void ActiveKinesis(uint32_t shards = 1) {
    broker::CreateStreamSpec spec{"orders", shards};
    spec.limits = KinesisProfile();
    Active(std::move(spec));
  }
  void ActiveOnDemand() {
    broker::CreateStreamSpec spec{"orders"};
    spec.mode = broker::StreamMode::kOnDemand;
    Active(std::move(spec));
  }
  static broker::StreamLimits KinesisProfile() {
    broker::StreamLimits limits;
    limits.profile = broker::StreamLimits::Profile::kKinesis;
    return limits;
  }
  void MustWait() {
    if (!WaitForStatus("orders", broker::StreamStatus::kActive))
      throw std::runtime_error("stream orders does not become active");
  }

  static void Must(const absl::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }
};

using ControlTable = TableOf<ControlFixture>;

// `call` makes the operation of a fixture and a stream's name.
template <typename Call>
void AddNameRows(ControlTable& table, Call call) {
  const auto named = [&](const std::string& input, const std::string& name,
                         const std::string& expected, const std::string& field) {
    table.Row(input, expected, field, [=](ControlFixture& f) { return call(f, name); });
  };
  named("no stream name", "", "INVALID_ARGUMENT", "stream_name");
  named("a name of 129 characters", std::string(129, 'x'), "INVALID_ARGUMENT", "stream_name");
  named("a name with a space", "a b", "INVALID_ARGUMENT", "stream_name");
  named("a name of 128 characters that nobody has", std::string(128, 'x'), "STREAM_NOT_FOUND", "");
  named("a name of 127 characters that nobody has", std::string(127, 'x'), "STREAM_NOT_FOUND", "");
}

struct ByState {
  std::string creating;
  std::string updating;
  std::string deleting;
};

// `call` makes the operation, of stream "orders", which would succeed if it were ACTIVE.
template <typename Call>
void AddStateRows(ControlTable& table, const ByState& expected, Call call) {
  table.Row("a stream in CREATING", expected.creating, "", [=](ControlFixture& f) {
    f.Creating();
    return call(f);
  });
  table.Row("a stream in UPDATING", expected.updating, "", [=](ControlFixture& f) {
    f.Updating();
    return call(f);
  });
  table.Row("a stream in DELETING", expected.deleting, "", [=](ControlFixture& f) {
    f.Deleting();
    return call(f);
  });
}

inline const ByState kOnlyActive{"STREAM_NOT_ACTIVE", "STREAM_NOT_ACTIVE", "STREAM_NOT_ACTIVE"};
inline const ByState kAlways{"OK", "OK", "OK"};

}  // namespace penstock::testing
