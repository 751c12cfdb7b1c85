#include "broker/stream/stream_requests.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

CreateStreamSpec Spec(uint32_t shards, uint32_t kib, uint32_t hours) {
  return {"orders", shards, kib, hours};
}

std::string ErrorOf(const CreateStreamSpec& spec) {
  const auto resolved = ResolveCreateStream(spec);
  if (resolved.ok()) return "no error";
  CHECK(ReasonOf(resolved.status()) == ErrorReason::kInvalidArgument);
  return std::string(resolved.status().message());
}

TEST_CASE("zeros stand for the defaults", "[stream]") {
  const auto resolved = ResolveCreateStream(Spec(0, 0, 0));
  REQUIRE(resolved.ok());
  CHECK(resolved->shard_count == 1);
  CHECK(resolved->max_record_size_in_kib == 1024);
  CHECK(resolved->retention_period_hours == 24);
}

TEST_CASE("what is given is kept", "[stream]") {
  const auto resolved = ResolveCreateStream(Spec(3, 2048, 48));
  REQUIRE(resolved.ok());
  CHECK(resolved->shard_count == 3);
  CHECK(resolved->max_record_size_in_kib == 2048);
  CHECK(resolved->retention_period_hours == 48);
}

TEST_CASE("limits of a new stream, one below, at, and one above", "[stream]") {
  CHECK(ErrorOf(Spec(1, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(9'999, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(10'000, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(10'001, 0, 0)) == "shard_count is 10001, more than 10000");

  CHECK(ErrorOf(Spec(0, 1'023, 0)) == "max_record_size_in_kib is 1023, less than 1024");
  CHECK(ErrorOf(Spec(0, 1'024, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 1'025, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'239, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'240, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'241, 0)) == "max_record_size_in_kib is 10241, more than 10240");

  CHECK(ErrorOf(Spec(0, 0, 23)) == "retention_period_hours is 23, less than 24");
  CHECK(ErrorOf(Spec(0, 0, 24)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 25)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'759)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'760)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'761)) == "retention_period_hours is 8761, more than 8760");
}

TEST_CASE("stream names", "[stream]") {
  for (const std::string& name : {std::string("a"), std::string("AZaz09_.-"), std::string("."),
                                  std::string(127, 'n'), std::string(128, 'n')}) {
    CHECK(CheckStreamName(name).ok());
  }
  CHECK(CheckStreamName("").message() == "stream_name is empty");
  CHECK(CheckStreamName(std::string(129, 'n')).message() ==
        "stream_name has 129 characters, more than 128");
  for (const char* name : {"a b", "a/b", "a\n", "\xc3\xa4", "a:b", "a@b", "a[b", "a`b", "a{b"}) {
    INFO(name);
    CHECK_FALSE(CheckStreamName(name).ok());
  }
  CHECK_FALSE(CheckStreamName(std::string("a\0b", 3)).ok());
  CHECK(CheckStreamName("a b", "exclusive_start_stream_name").message() ==
        "exclusive_start_stream_name 'a b' has other characters than letters, digits, '_', '.' and "
        "'-'");
}

TEST_CASE("a refusal names its field", "[stream]") {
  CHECK(FieldOf(ResolveCreateStream(Spec(10'001, 0, 0)).status()) == "shard_count");
  CHECK(FieldOf(ResolvePageSize("limit", 10'001, 100).status()) == "limit");
  CHECK(FieldOf(CheckStreamName("a b")) == "stream_name");
}

TEST_CASE("page sizes", "[stream]") {
  CHECK(*ResolvePageSize("limit", 0, 100) == 100);
  CHECK(*ResolvePageSize("limit", 1, 100) == 1);
  CHECK(*ResolvePageSize("limit", 9'999, 100) == 9'999);
  CHECK(*ResolvePageSize("limit", 10'000, 100) == 10'000);
  CHECK(ResolvePageSize("limit", 10'001, 100).status().message() ==
        "limit is 10001, more than 10000");
}

}  // namespace
}  // namespace penstock::broker
