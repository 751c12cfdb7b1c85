#include "client/cli/line_reader.h"

#include <array>
#include <string>
#include <unistd.h>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

// A pipe, so that a test decides what is there to read.
class Pipe {
 public:
  Pipe() { REQUIRE(pipe(ends_.data()) == 0); }
  ~Pipe() {
    close(ends_[0]);
    CloseWriter();
  }

  int reader() const { return ends_[0]; }
  // Less than the pipe holds, 64 KiB.
  void Write(const std::string& bytes) {
    REQUIRE(write(ends_[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void CloseWriter() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_;
};

std::vector<std::string> LinesOf(const std::string& bytes) {
  Pipe pipe;
  pipe.Write(bytes);
  pipe.CloseWriter();
  LineReader reader(pipe.reader(), 1'000);
  std::vector<std::string> lines;
  while (true) {
    const auto line = reader.Next();
    REQUIRE(line.ok());
    if (!line->has_value()) break;
    lines.emplace_back(**line);
    CHECK(reader.line_number() == lines.size());
  }
  CHECK(reader.bytes_taken() == bytes.size());
  return lines;
}

TEST_CASE("lines come byte for byte without their newlines") {
  using Lines = std::vector<std::string>;
  CHECK(LinesOf("").empty());
  CHECK(LinesOf("a\nb\n") == Lines{"a", "b"});
  CHECK(LinesOf("a\nb") == Lines{"a", "b"});
  CHECK(LinesOf("\n\n") == Lines{"", ""});
  CHECK(LinesOf(std::string("a\0\xff\r\n b", 7)) == Lines{std::string("a\0\xff\r", 4), " b"});
}

TEST_CASE("a line that is too long is named, whether its end is there or not") {
  for (const char* end : {"\n", ""}) {
    Pipe pipe;
    pipe.Write("short\n" + std::string(10, 'x') + "\n" + std::string(11, 'y') + end);
    LineReader reader(pipe.reader(), 10);
    CHECK(**reader.Next() == "short");
    CHECK(**reader.Next() == std::string(10, 'x'));
    const auto line = reader.Next();
    CHECK(absl::IsInvalidArgument(line.status()));
    CHECK(std::string(line.status().message()) == "line 3 has more than 10 bytes");
  }
}

TEST_CASE("a reader knows whether it would have to wait") {
  Pipe pipe;
  LineReader reader(pipe.reader(), 100);
  CHECK(reader.WouldBlock());
  pipe.Write("one\ntwo\nthr");
  CHECK_FALSE(reader.WouldBlock());
  CHECK(**reader.Next() == "one");
  CHECK_FALSE(reader.WouldBlock());
  CHECK(**reader.Next() == "two");
  CHECK(reader.WouldBlock());
  pipe.Write("ee\n");
  CHECK_FALSE(reader.WouldBlock());
  CHECK(**reader.Next() == "three");
  pipe.CloseWriter();
  CHECK_FALSE(reader.WouldBlock());
  CHECK_FALSE(reader.Next()->has_value());
}

TEST_CASE("what cannot be read is an error, not an end") {
  LineReader reader(-1, 100);
  const auto line = reader.Next();
  CHECK_FALSE(line.ok());
  CHECK(std::string(line.status().message()).find("cannot read after line 0") == 0);
}

}  // namespace
}  // namespace penstock::cli
