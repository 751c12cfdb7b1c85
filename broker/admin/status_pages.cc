#include "broker/admin/status_pages.h"

#include <nlohmann/json.hpp>

#include "common/version.h"

namespace penstock::broker {
namespace {

AdminAnswer Version() {
  const nlohmann::ordered_json version = {{"version", PENSTOCK_VERSION}, {"compiler", __VERSION__}};
  return {200, "application/json", version.dump() + "\n"};
}

}  // namespace

void AddStatusPages(const Readiness& readiness, AdminPages* pages) {
  (*pages)["/healthz"] = {[] { return AdminAnswer{200, kPlainText, "ok\n"}; }};
  (*pages)["/readyz"] = {[&readiness] {
    const std::string why_not = readiness.WhyNot();
    return why_not.empty() ? AdminAnswer{200, kPlainText, "ready\n"}
                           : AdminAnswer{503, kPlainText, "not ready: " + why_not + "\n"};
  }};
  (*pages)["/version"] = {Version};
}

}  // namespace penstock::broker
