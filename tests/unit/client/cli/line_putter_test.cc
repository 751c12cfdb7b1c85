#include "client/cli/line_putter.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "penstock/client.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::cli {
namespace {

// A broker that refuses, of the requests it is told to, what the test says; the rest is stored.
struct Fixture {
  Fixture() {
    broker.put_records.handler = [this](const v1::PutRecordsRequest& request,
                                        v1::PutRecordsResponse* response) {
      std::string data;
      for (const auto& record : request.records()) {
        v1::PutRecordsResultEntry* const entry = response->add_records();
        data += record.data();
        if (requests.size() < refused_requests && record.data() == refused) {
          entry->set_error_code(error_code);
          entry->set_error_message("rate exceeded");
          entry->set_retry_after_ms(retry_after_ms);
        } else {
          entry->set_shard_id("shardId-000000000000");
          entry->set_sequence_number(++stored);
        }
      }
      requests.push_back(data);
      return grpc::Status::OK;
    };
  }

  absl::Status Put(const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    globals.endpoint = broker.endpoint();
    globals.is_json = true;
    arguments.stream_name = "orders";
    arguments.file = path;
    arguments.key = "k";
    const auto client = ConnectToBroker(globals);
    REQUIRE(client.ok());
    const absl::StatusOr<InputFile> input = InputFile::Open(path);
    REQUIRE(input.ok());
    return LinePutter(globals, arguments, **client, *input, stream).Run();
  }

  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/lines";
  GlobalOptions globals;
  PutArguments arguments;
  StreamDescription stream = [] {
    StreamDescription description;
    description.record_kib_max = 1'024;
    return description;
  }();

  std::string refused;
  size_t refused_requests = 0;
  std::string error_code = "THROUGHPUT_EXCEEDED";
  uint64_t retry_after_ms = 30;
  uint64_t stored = 0;
  std::vector<std::string> requests;
  test::FakeBroker broker;
};

TEST_CASE_METHOD(Fixture, "put waits as long as the broker asks, and goes on", "[line_putter]") {
  refused = "b";
  refused_requests = 2;
  error_code = GENERATE(as<std::string>(), "THROUGHPUT_EXCEEDED", "OVERLOADED");
  const absl::Time began = absl::Now();
  CHECK(Put("a\nb\n").ok());
  CHECK(requests == std::vector<std::string>{"ab", "b", "b"});
  CHECK(stored == 2);
  CHECK(absl::Now() - began >= absl::Milliseconds(60));
}

TEST_CASE_METHOD(Fixture, "put keeps a key's order where the broker limits bytes",
                 "[line_putter]") {
  // It would refuse the large record and take the small one.
  refused = "bbb";
  refused_requests = 1;
  stream.limits.write_bytes_per_second = 1;
  CHECK(Put("a\nbbb\nc\n").ok());
  CHECK(requests == std::vector<std::string>{"abbb", "bbb", "c"});
}

TEST_CASE_METHOD(Fixture, "put ends where waiting is no help", "[line_putter]") {
  refused = "b";
  refused_requests = 1;
  error_code = "INVALID_ARGUMENT";
  CHECK_FALSE(Put("a\nb\n").ok());
  CHECK(requests.size() == 1);
}

}  // namespace
}  // namespace penstock::cli
