// AdminPage: what the admin port answers on one path.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace penstock::broker {

inline constexpr char kPlainText[] = "text/plain; charset=utf-8";

struct AdminAnswer {
  // Of HTTP.
  unsigned status = 200;
  std::string content_type = kPlainText;
  std::string body;
};

struct AdminPage {
  // Thread-safe; called on the executor of the server.
  std::function<AdminAnswer()> render;
  // Takes milliseconds rather than microseconds: slow pages are made one at a time, so that they
  // take no more than one thread of the executor.
  bool slow = false;
};

// By path: "/metrics".
using AdminPages = std::map<std::string, AdminPage, std::less<>>;

}  // namespace penstock::broker
