// HttpFuzzHandler: answers requests in every way that an exchange allows, and keeps count.
//
//   "/echo"  the request's body        "/stream" four pieces, each when the one before is taken
//   "/large" 20 KiB                    "/abort"  begins, and aborts
//   "/empty" 204                       "/drop"   lets the exchange go
//   "/no"    not admitted              "/shut"   not admitted, and the connection ends
//   "/await" kept for what follows, and told when the client has gone; all else: kept
//
// The calls for what is kept are those of HttpExchange. What was promised to exchanges is checked at
// the end: each Write is told once, and each client that goes. Used on the one thread of the server.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/http/http_handler.h"

namespace penstock::fuzz {

class HttpFuzzHandler final : public broker::HttpHandler {
 public:
  std::optional<broker::HttpResponse> Admit(const broker::HttpRequestHead& head) override;
  void Handle(broker::HttpRequest request, std::shared_ptr<broker::HttpExchange> exchange) override;
  broker::HttpResponse Refusal(int status, std::string_view why,
                               const broker::HttpRequestHead* head) override;

  // For the oldest that is kept; nothing if there is none.
  void RespondOne();
  // Begins the answer, if it has not begun.
  void WriteOne(size_t bytes);
  void EndOne();
  void AbortOne();
  void DropOne();
  void DropAll();

  // Once the connection has ended and nothing is kept.
  void CheckReleased() const;

 private:
  struct Kept {
    std::shared_ptr<broker::HttpExchange> exchange;
    std::string body;
    bool begun = false;
    bool writing = false;
    int pieces_left = 0;
    bool awaits_gone = false;
    int gone = 0;
    // By the handler's doing: answered, aborted, or let go of.
    bool complete = false;
  };
  using KeptPtr = std::shared_ptr<Kept>;

  KeptPtr Oldest();
  void AwaitGone(const KeptPtr& kept);
  void Respond(const KeptPtr& kept, int status, std::string body);
  void Write(const KeptPtr& kept, std::string bytes);
  // The next piece of an answer that is streamed, or its end.
  void Continue(const KeptPtr& kept);
  static void Complete(const KeptPtr& kept);

  std::deque<KeptPtr> kept_;
  std::vector<std::weak_ptr<broker::HttpExchange>> exchanges_;
  std::vector<KeptPtr> awaiting_;
  // Held by answers.
  const std::shared_ptr<const int> token_ = std::make_shared<const int>(0);
  size_t writes_ = 0;
  size_t written_ = 0;
};

}  // namespace penstock::fuzz
