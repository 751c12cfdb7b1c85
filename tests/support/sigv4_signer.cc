#include "tests/support/sigv4_signer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <sstream>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace penstock::testing {
namespace {

using broker::HttpField;
using broker::HttpRequestHead;

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    std::array<char, 3> two = {};
    std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned char>(c));
    hex += two.data();
  }
  return hex;
}

std::string Digest(std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_sha256(), nullptr);
  return digest.substr(0, size);
}

std::string Mac(std::string_view key, std::string_view bytes) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac.substr(0, size);
}

std::string Escape(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kAlways =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string escaped;
  for (const char c : text) {
    if (kAlways.find(c) != std::string_view::npos || kept.find(c) != std::string_view::npos) {
      escaped += c;
      continue;
    }
    std::array<char, 4> three = {};
    std::snprintf(three.data(), three.size(), "%%%02X", static_cast<unsigned char>(c));
    escaped += three.data();
  }
  return escaped;
}

std::string Time(int64_t now_ms) {
  const std::time_t seconds = now_ms / 1'000;
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 17> text = {};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return text.data();
}

// The parameters of a query as they are, sorted.
std::string SortedQuery(const std::string& target) {
  const size_t mark = target.find('?');
  if (mark == std::string::npos) return "";
  std::istringstream query(target.substr(mark + 1));
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string pair; std::getline(query, pair, '&');) {
    const size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string sorted;
  for (const auto& [name, value] : pairs) {
    sorted += (sorted.empty() ? "" : "&") + name + "=" + value;
  }
  return sorted;
}

class Signing {
 public:
  Signing(const SigV4SignerOptions& options, const HttpRequestHead& request)
      : options_(options), time_(Time(options.now_ms)) {
    scope_ = time_.substr(0, 8) + "/" + options.region + "/" + options.service + "/aws4_request";
    for (const HttpField& field : request.fields) {
      if (options.unsigned_fields.count(field.name) != 0) continue;
      const bool is_new = values_.find(field.name) == values_.end();
      std::string& value = values_[field.name];
      if (!is_new) value += ",";
      std::istringstream words(field.value);
      bool is_first = true;
      for (std::string word; words >> word; is_first = false) value += (is_first ? "" : " ") + word;
    }
    for (const auto& [name, value] : values_) names_ += (names_.empty() ? "" : ";") + name;
  }

  const std::string& time() const { return time_; }
  const std::string& names() const { return names_; }
  std::string credential() const { return options_.access_key_id + "/" + scope_; }

  std::string Signature(const HttpRequestHead& request, std::string_view body) const {
    const std::string path = request.target.substr(0, request.target.find('?'));
    std::string canonical =
        request.method + "\n" + Escape(path, "/") + "\n" + SortedQuery(request.target) + "\n";
    for (const auto& [name, value] : values_) canonical.append(name).append(":" + value + "\n");
    canonical += "\n" + names_ + "\n" + Hex(Digest(body));
    const std::string to_sign =
        "AWS4-HMAC-SHA256\n" + time_ + "\n" + scope_ + "\n" + Hex(Digest(canonical));
    std::string key = Mac("AWS4" + options_.secret, time_.substr(0, 8));
    key = Mac(Mac(Mac(key, options_.region), options_.service), "aws4_request");
    return Hex(Mac(key, to_sign));
  }

 private:
  const SigV4SignerOptions& options_;
  const std::string time_;
  std::string scope_;
  std::map<std::string, std::string> values_;
  std::string names_;
};

}  // namespace

void Sign(const SigV4SignerOptions& options, std::string_view body, HttpRequestHead* request) {
  std::vector<HttpField>& fields = request->fields;
  const auto is_ours = [](const HttpField& field) {
    return field.name == "x-amz-date" || field.name == "authorization";
  };
  fields.erase(std::remove_if(fields.begin(), fields.end(), is_ours), fields.end());
  fields.push_back({"x-amz-date", Time(options.now_ms)});
  const Signing signing(options, *request);
  fields.push_back({"authorization", "AWS4-HMAC-SHA256 Credential=" + signing.credential() +
                                         ", SignedHeaders=" + signing.names() +
                                         ", Signature=" + signing.Signature(*request, body)});
}

void Presign(const SigV4SignerOptions& options, std::string_view body, int64_t expires_s,
             HttpRequestHead* request) {
  const Signing signing(options, *request);
  std::string& target = request->target;
  target += target.find('?') == std::string::npos ? "?" : "&";
  target +=
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + Escape(signing.credential(), "") +
      "&X-Amz-Date=" + signing.time() + "&X-Amz-Expires=" + std::to_string(expires_s) +
      "&X-Amz-SignedHeaders=" + Escape(signing.names(), "");
  target += "&X-Amz-Signature=" + signing.Signature(*request, body);
}

}  // namespace penstock::testing
