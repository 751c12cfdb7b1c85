#include "bench/kinesis/http_callers.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "broker/http/http_message.h"
#include "common/check.h"
#include "tests/support/http2_client.h"
#include "tests/support/http_client.h"
#include "tests/support/sigv4_signer.h"

namespace penstock::bench {
namespace {

using testing::Http2Client;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::HttpClientFields;

HttpClientFields SignedFields(const HttpCallOptions& options) {
  broker::HttpRequestHead head;
  head.method = "POST";
  head.target = "/";
  head.fields = {{"host", "localhost"},
                 {"content-type", std::string(broker::ContentTypeOf(options.format))},
                 {"x-amz-target", "Kinesis_20131202." + options.operation}};
  testing::SigV4SignerOptions signer;
  signer.access_key_id = kAccessKeyId;
  signer.secret = kAccessKeySecret;
  signer.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count();
  testing::Sign(signer, options.body, &head);
  HttpClientFields fields;
  for (const broker::HttpField& field : head.fields) {
    // Both clients write it by themselves.
    if (field.name != "host") fields.emplace_back(field.name, field.value);
  }
  return fields;
}

size_t CountOf(std::string_view text, std::string_view in) {
  size_t count = 0;
  for (size_t at = in.find(text); at != std::string_view::npos;
       at = in.find(text, at + text.size())) {
    ++count;
  }
  return count;
}

// Looks at the first answer closely, then only at what costs nothing.
class AnswerCheck {
 public:
  explicit AnswerCheck(const HttpCallOptions& options)
      : text_(options.expected_text),
        count_(options.expected_count),
        bytes_min_(options.answer_bytes_min) {}

  void Check(const HttpAnswer& answer) {
    const bool good = answer.status == 200 && answer.complete && answer.body.size() >= bytes_min_ &&
                      (is_known_ ? answer.body.find(text_) != std::string::npos
                                 : CountOf(text_, answer.body) == count_);
    if (!good) {
      std::fprintf(stderr, "unexpected answer: status %d, %zu bytes, %.300s\n", answer.status,
                   answer.body.size(), answer.body.c_str());
    }
    CHECK(good);
    is_known_ = true;
  }

 private:
  const std::string text_;
  const size_t count_;
  const size_t bytes_min_;
  bool is_known_ = false;
};

class Http1Caller : public Caller {
 public:
  explicit Http1Caller(const HttpCallOptions& options)
      : client_(options.port),
        check_(options),
        request_(HttpClient::PostHead("/", SignedFields(options), options.body.size()) +
                 options.body) {}

  void Call() override {
    CHECK(client_.Send(request_));
    check_.Check(client_.Receive());
  }

 private:
  HttpClient client_;
  AnswerCheck check_;
  const std::string request_;
};

class Http2Caller : public Caller {
 public:
  explicit Http2Caller(const HttpCallOptions& options)
      : client_(options.port, {.stream_window = kWindowBytes}),
        check_(options),
        fields_(SignedFields(options)),
        body_(options.body) {}

  void Call() override {
    const int32_t id = client_.Submit("POST", "/", fields_, body_);
    client_.Wait(id);
    check_.Check(client_.call(id).answer);
    // The client keeps its calls.
    client_.call(id).answer = {};
  }

 private:
  // An answer of GetRecords does not wait for it.
  static constexpr uint32_t kWindowBytes = 16 * 1024 * 1024;

  Http2Client client_;
  AnswerCheck check_;
  const HttpClientFields fields_;
  const std::string body_;
};

}  // namespace

std::unique_ptr<Caller> NewHttpCaller(const HttpCallOptions& options) {
  if (options.http2) return std::make_unique<Http2Caller>(options);
  return std::make_unique<Http1Caller>(options);
}

std::string CallOnce(const HttpCallOptions& options) {
  HttpClient client(options.port);
  HttpAnswer answer = client.Post("/", SignedFields(options), options.body);
  return answer.status == 200 ? std::move(answer.body) : std::string();
}

}  // namespace penstock::bench
