#include "tests/fuzz/http_fuzz_handler.h"

#include <utility>

#include "common/check.h"

namespace penstock::fuzz {
namespace {

using broker::HttpExchange;
using broker::HttpRequest;
using broker::HttpRequestHead;
using broker::HttpResponse;

constexpr size_t kLargeBytes = size_t{20} * 1024;
constexpr int kStreamedPieces = 4;
constexpr size_t kStreamedBytes = 100;

}  // namespace

std::optional<HttpResponse> HttpFuzzHandler::Admit(const HttpRequestHead& head) {
  if (head.target != "/no" && head.target != "/shut") return std::nullopt;
  HttpResponse refusal;
  refusal.status = 403;
  refusal.body = "no";
  refusal.hold = token_;
  refusal.close = head.target == "/shut";
  return refusal;
}

HttpResponse HttpFuzzHandler::Refusal(int status, std::string_view why,
                                      const HttpRequestHead* head) {
  HttpResponse response;
  response.status = status;
  // Whatever the client sent may come back in a field.
  response.fields.push_back({"x-target", head == nullptr ? "" : head->target});
  response.body = why;
  response.hold = token_;
  return response;
}

void HttpFuzzHandler::Handle(HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
  CHECK(request.body.capacity() - request.body.size() >= broker::kHttpBodyPadding);
  CHECK(request.head.content_length.value_or(request.body.size()) == request.body.size());
  exchanges_.push_back(exchange);
  const std::string& target = request.head.target;
  if (target == "/drop") return;
  auto kept = std::make_shared<Kept>();
  kept->exchange = std::move(exchange);
  kept->body = std::move(request.body);
  if (target == "/echo") return Respond(kept, 200, std::exchange(kept->body, std::string()));
  if (target == "/large") return Respond(kept, 200, std::string(kLargeBytes, 'l'));
  if (target == "/empty") return Respond(kept, 204, "not sent");
  if (target == "/abort") {
    AwaitGone(kept);
    kept->exchange->Begin(200, {});
    // It may have gone meanwhile.
    if (kept->exchange != nullptr) kept->exchange->Abort();
    return Complete(kept);
  }
  if (target == "/stream") {
    AwaitGone(kept);
    kept->pieces_left = kStreamedPieces;
    kept->exchange->Begin(200, {{"x-target", target}});
    return Continue(kept);
  }
  if (target == "/await") AwaitGone(kept);
  kept_.push_back(std::move(kept));
}

void HttpFuzzHandler::AwaitGone(const KeptPtr& kept) {
  kept->awaits_gone = true;
  awaiting_.push_back(kept);
  kept->exchange->OnGone([kept] {
    ++kept->gone;
    // As handlers do: what has nobody to go to is let go of, here where it is told.
    kept->exchange = nullptr;
  });
}

void HttpFuzzHandler::Complete(const KeptPtr& kept) {
  kept->complete = true;
  kept->exchange = nullptr;
}

void HttpFuzzHandler::Respond(const KeptPtr& kept, int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.hold = token_;
  kept->complete = true;
  kept->exchange->Respond(std::move(response));
  Complete(kept);
}

void HttpFuzzHandler::Write(const KeptPtr& kept, std::string bytes) {
  ++writes_;
  kept->writing = true;
  const std::shared_ptr<HttpExchange> exchange = kept->exchange;
  exchange->Write(std::move(bytes), [this, kept](bool good) {
    CHECK(std::exchange(kept->writing, false));
    ++written_;
    if (good && kept->pieces_left > 0) Continue(kept);
  });
}

void HttpFuzzHandler::Continue(const KeptPtr& kept) {
  if (kept->exchange == nullptr) return;
  if (--kept->pieces_left > 0) return Write(kept, std::string(kStreamedBytes, 's'));
  kept->complete = true;
  kept->exchange->End();
  Complete(kept);
}

HttpFuzzHandler::KeptPtr HttpFuzzHandler::Oldest() {
  while (!kept_.empty() && kept_.front()->exchange == nullptr) kept_.pop_front();
  return kept_.empty() ? nullptr : kept_.front();
}

void HttpFuzzHandler::RespondOne() {
  const KeptPtr kept = Oldest();
  if (kept != nullptr && !kept->begun) Respond(kept, 200, std::exchange(kept->body, std::string()));
}

void HttpFuzzHandler::WriteOne(size_t bytes) {
  const KeptPtr kept = Oldest();
  if (kept == nullptr || kept->writing) return;
  if (!std::exchange(kept->begun, true)) kept->exchange->Begin(200, {{"x-Kept", kept->body}});
  if (kept->exchange != nullptr) Write(kept, std::string(bytes, 'w'));
}

void HttpFuzzHandler::EndOne() {
  const KeptPtr kept = Oldest();
  if (kept == nullptr || !kept->begun) return;
  kept->complete = true;
  kept->exchange->End();
  Complete(kept);
}

void HttpFuzzHandler::AbortOne() {
  const KeptPtr kept = Oldest();
  if (kept == nullptr) return;
  kept->complete = true;
  const std::shared_ptr<HttpExchange> exchange = kept->exchange;
  exchange->Abort();
  Complete(kept);
}

void HttpFuzzHandler::DropOne() {
  if (const KeptPtr kept = Oldest(); kept != nullptr) Complete(kept);
}

void HttpFuzzHandler::DropAll() {
  while (Oldest() != nullptr) DropOne();
}

void HttpFuzzHandler::CheckReleased() const {
  for (const auto& exchange : exchanges_) CHECK(exchange.expired());
  for (const KeptPtr& kept : awaiting_) {
    CHECK(kept->gone <= 1);
    CHECK(kept->complete || kept->gone == 1);
    // Nobody but this list: what was to be called has been let go of.
    CHECK(kept.use_count() == 1 || !kept_.empty());
  }
  CHECK(written_ == writes_);
  CHECK(token_.use_count() == 1);
}

}  // namespace penstock::fuzz
