#include "tests/conformance/scenario.h"

#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <catch2/catch_test_macros.hpp>

namespace penstock::conformance {
namespace {

using nlohmann::json;

constexpr const char* kStreamArnPrefix = "arn:aws:kinesis:us-east-1:000000000000:stream/";
constexpr int64_t kHourMs = 3'600'000;

std::string Seconds(int64_t ms) {
  return json(static_cast<double>(ms) / 1'000).dump();
}

// Those that the broker carries on with when it has answered.
bool IsAsynchronous(const std::string& operation) {
  static const std::set<std::string> kOperations = {"CreateStream", "DeleteStream", "SplitShard",
                                                    "MergeShards", "UpdateShardCount"};
  return kOperations.contains(operation);
}

}  // namespace

json Scenario::Fill(const std::string& text) const {
  const int64_t now_ms = broker_.clock().NowMs();
  std::vector<std::pair<std::string, std::string>> values = {
      {"${arn}", kStreamArnPrefix},
      {"${now_ms}", absl::StrCat(now_ms)},
      {"${now_s}", Seconds(now_ms)},
      {"${later_ms}", absl::StrCat(now_ms + kHourMs)},
      {"${later_s}", Seconds(now_ms + kHourMs)}};
  for (const auto& [name, value] : kept_) values.emplace_back("${" + name + "}", value);
  const std::string filled = absl::StrReplaceAll(text, values);
  INFO(filled.substr(0, 1'000));
  REQUIRE(filled.find("${") == std::string::npos);
  return json::parse(filled);
}

void Scenario::Keep(const Row& row, const json& output) {
  for (const Kept& kept : row.kept) {
    const json value = output.value(json::json_pointer(door_.PointerOf(kept)), json());
    INFO(kept.name << " of " << output);
    REQUIRE_FALSE(value.is_null());
    kept_[kept.name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
}

json Scenario::Run(const Row& row) {
  if (row.before) row.before(broker_);
  broker_.clock().AdvanceMs(row.advance_ms);
  const std::string& text = door_.InputOf(row);
  if (text.empty()) return nullptr;
  INFO(door_.name() << " " << row.operation << " " << text.substr(0, 1'000));
  const Answer answer = door_.Call(row.operation, Fill(text));
  INFO(answer.message << " " << answer.output.dump().substr(0, 1'000));
  const std::string expected = door_.ErrorOf(row);
  REQUIRE(answer.error == expected);
  if (!expected.empty()) {
    CHECK_FALSE(answer.message.empty());
    return json{{"error", row.error ? std::string(TraitsOf(*row.error).name) : expected}};
  }
  Keep(row, answer.output);
  if (IsAsynchronous(row.operation)) broker_.Settle();
  return door_.Comparable(row.operation, answer.output);
}

}  // namespace penstock::conformance
