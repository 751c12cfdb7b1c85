// The example in Python does what it says, with messages and stubs made of proto/ as its README says.
//
// Skipped, loudly, where there is no Python with gRPC: Debian's python3-grpcio and python3-protobuf.
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

namespace fs = std::filesystem;

// The first Python that knows gRPC: the one in front, or the system's, which has Debian's packages.
// Empty if there is none.
std::string FindPython() {
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    const RunResult result =
        RunToEnd({"/usr/bin/env", python, "-c", "import grpc, google.protobuf"});
    if (result.status == ExitStatus{.code = 0}) return python;
  }
  return "";
}

TEST_CASE("the Python example reads parents before children, polled and pushed") {
  const std::string python = FindPython();
  if (python.empty()) {
    SKIP("NOT TESTED: no Python with gRPC; install python3-grpcio and python3-protobuf");
  }
  Fixture fixture;
  const fs::path root = PENSTOCK_SOURCE_DIR;
  const fs::path generated = fixture.path() / "python";
  fs::create_directory(generated);
  std::vector<std::string> make = {
      PENSTOCK_PROTOC_PATH,
      "-I",
      root / "proto",
      "--python_out",
      generated,
      "--plugin",
      std::string("protoc-gen-grpc_python=") + PENSTOCK_GRPC_PYTHON_PLUGIN_PATH,
      "--grpc_python_out",
      generated};
  for (const auto& entry : fs::directory_iterator(root / "proto/penstock/v1"))
    make.push_back(entry.path());
  const RunResult made = RunToEnd(make);
  INFO(made.errors);
  REQUIRE(made.status == ExitStatus{.code = 0});

  const RunResult run =
      RunToEnd({"/usr/bin/env", "PYTHONPATH=" + generated.string(), "PYTHONDONTWRITEBYTECODE=1",
                python, root / "client/examples/python/reshard_and_subscribe.py",
                fixture.broker().endpoint(), "example"});
  INFO(run.output << run.errors << fixture.broker().Log());
  REQUIRE(run.status == ExitStatus{.code = 0});
  CHECK(run.output.find("polled: everything came back") != std::string::npos);
  CHECK(run.output.find("pushed: everything came back") != std::string::npos);
  CHECK(run.output.find("lag of example: 0 records") != std::string::npos);
  const auto streams = fixture.client().ListAllStreams();
  REQUIRE(streams.ok());
  // The last thing it does is to delete its stream.
  for (const StreamListing& stream : *streams) CHECK(stream.state == StreamState::kDeleting);
}

}  // namespace
}  // namespace penstock::test
