// AwsCall: one call of an operation: its input, and the way to answer it.
//
//   call->Answer(body)            200, in the format of the request
//   call->Fail(status)            the error's exception, 400 or 500
//   call->BeginEvents(), ...      an event stream, piece by piece (exchange())
//
// Counted in the method's meter when it is answered, once. The input's views live as long as the
// call. Thread-safe: whoever has it answers it; answering twice is a fault of the caller (CHECKed).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/aws/aws_error.h"
#include "broker/aws/aws_format.h"
#include "broker/aws/output_writer.h"
#include "broker/aws/shape.h"
#include "broker/aws/structure.h"
#include "broker/http/http_handler.h"
#include "broker/http/http_message.h"
#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

// Fields that every answer of the endpoint has: its ids, and, where the request came from a page,
// what lets the page read it (kinesis-api.md: CORS).
std::vector<HttpField> AnswerFields(const HttpRequestHead* head, std::string_view content_type);

// {"__type": ..., "message": ...} in that format.
std::string EncodeError(AwsFormat format, const AwsError& error);

class AwsCall {
 public:
  struct Options {
    HttpRequest request;
    std::shared_ptr<HttpExchange> exchange;
    AwsFormat format = AwsFormat::kJson;
    const AwsOperation* operation = nullptr;
    // Null: not counted.
    MethodMeter* meter = nullptr;
    // Where answers that take long to write are written.
    boost::asio::any_io_executor executor;
  };

  explicit AwsCall(Options options) : options_(std::move(options)), counted_(options_.meter) {}
  // Not answered: with an internal failure, so that nobody waits for ever.
  ~AwsCall();
  AwsCall(const AwsCall&) = delete;
  AwsCall& operator=(const AwsCall&) = delete;

  // Decodes the body and binds it. Before anything else is done with the input.
  absl::Status ReadInput();

  Structure input() const { return input_->root(); }
  const AwsOperation& operation() const { return *options_.operation; }
  AwsFormat format() const { return options_.format; }
  // Names the client's connection.
  const std::string& connection() const { return options_.request.head.peer; }
  const boost::asio::any_io_executor& executor() const { return options_.executor; }

  std::unique_ptr<OutputWriter> NewWriter(size_t bytes_expected = 0) const {
    return OutputWriter::Make(options_.format, bytes_expected);
  }

  // `hold` is let go when the answer has been sent.
  void Answer(std::string body, std::shared_ptr<const void> hold = nullptr);
  // For operations without output.
  void AnswerEmpty() { Answer(std::string()); }
  void Fail(const absl::Status& status) { Fail(status, AwsErrorOf(status)); }
  // The same, told in a service's own words.
  void Fail(const absl::Status& status, const AwsError& error);

  // The head of an event stream's answer. From then on the caller writes frames to exchange() and
  // ends it, and says with EndEvents how the call ended.
  void BeginEvents();
  void EndEvents(const absl::Status& status) { counted_.End(MethodResult::Of(status)); }
  HttpExchange& exchange() const { return *options_.exchange; }

 private:
  void Send(int status, std::string body, std::shared_ptr<const void> hold);

  const Options options_;
  const MethodCall counted_;
  std::optional<AwsInput> input_;
  // Relaxed: it orders nothing, it catches a second answer.
  std::atomic<bool> answered_ = false;
};

}  // namespace penstock::broker
