#include "broker/aws/canonical_request.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace penstock::broker {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

void AppendField(const HttpRequestHead& head, const std::string& name, std::string* out) {
  absl::StrAppend(out, name, ":");
  bool is_first = true;
  for (const HttpField& field : head.fields) {
    if (field.name != FieldOfSignedHeader(name)) continue;
    if (!is_first) out->push_back(',');
    is_first = false;
    out->append(CanonicalFieldValue(field.value));
  }
  out->push_back('\n');
}

}  // namespace

std::string_view FieldOfSignedHeader(std::string_view name) {
  return name == kAuthoritySignedHeader ? std::string_view("host") : name;
}

std::string CanonicalFieldValue(std::string_view value) {
  std::string canonical;
  canonical.reserve(value.size());
  for (const char c : value) {
    if (!IsBlank(c)) {
      canonical.push_back(c);
    } else if (!canonical.empty() && canonical.back() != ' ') {
      canonical.push_back(' ');
    }
  }
  if (!canonical.empty() && canonical.back() == ' ') canonical.pop_back();
  return canonical;
}

std::string CanonicalPath(std::string_view path) {
  const bool ends_in_slash = !path.empty() && path.back() == '/';
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string canonical;
  for (const std::string_view segment : segments) {
    absl::StrAppend(&canonical, "/", UriEncode(segment));
  }
  if (canonical.empty() || ends_in_slash) canonical.push_back('/');
  return canonical;
}

std::string CanonicalRequest(const CanonicalRequestOptions& options) {
  std::string canonical =
      absl::StrCat(options.head.method, "\n", CanonicalPath(PathOf(options.head.target)), "\n",
                   CanonicalQuery(options.query, options.left_out_parameter), "\n");
  for (const std::string& name : options.signed_headers) {
    AppendField(options.head, name, &canonical);
  }
  absl::StrAppend(&canonical, "\n", absl::StrJoin(options.signed_headers, ";"), "\n",
                  std::string(options.payload_hash));
  return canonical;
}

}  // namespace penstock::broker
