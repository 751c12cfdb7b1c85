// StatusPages: /healthz, /readyz and /version.
//
//   /healthz   200 while the process answers: restart it when it does not
//   /readyz    200 when it should be sent work; else 503 and why
//   /version   {"version":"0.1.0","compiler":"..."}
#pragma once

#include "broker/admin/admin_page.h"
#include "broker/admin/readiness.h"

namespace penstock::broker {

// `readiness` must outlive the pages.
void AddStatusPages(const Readiness& readiness, AdminPages* pages);

}  // namespace penstock::broker
