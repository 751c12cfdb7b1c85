#include "client/cli/certificate_maker.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

constexpr size_t kHostNameBytesMax = 253;
constexpr size_t kLabelBytesMax = 63;
// Positive, and as random as a serial number may be.
constexpr int kSerialBits = 127;
// Clocks of clients that are behind.
constexpr absl::Duration kValidBefore = absl::Hours(1);
constexpr long kX509Version3 = 2;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
void FreeNames(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<FreeNames>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;

absl::Status Failed(std::string_view what) {
  std::array<char, 256> reason = {};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  return absl::InternalError(
      absl::StrCat("cannot ", std::string(what), ": ", std::string(reason.data())));
}

Address AddressOf(const std::string& name) {
  Address address(a2i_IPADDRESS(name.c_str()));
  // What is no address leaves an error behind.
  if (address == nullptr) ERR_clear_error();
  return address;
}

bool IsLabel(const std::string& label) {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_';
         });
}

bool IsHostName(const std::string& name) {
  if (name.empty() || name.size() > kHostNameBytesMax) return false;
  std::vector<std::string> labels = absl::StrSplit(name, '.');
  if (labels.size() > 2 && labels[0] == "*") labels.erase(labels.begin());
  // All digits is an address that is none.
  const bool is_number = std::all_of(labels.back().begin(), labels.back().end(),
                                     [](unsigned char c) { return std::isdigit(c) != 0; });
  return !is_number && std::all_of(labels.begin(), labels.end(), IsLabel);
}

absl::Status AppendName(const std::string& name, GENERAL_NAMES* names) {
  Address address = AddressOf(name);
  if (address == nullptr && !IsHostName(name)) {
    return MakeError(
        ErrorReason::kInvalidArgument,
        absl::StrCat("'", Excerpt(name), "' is neither a host name nor an IP address"));
  }
  std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>> entry(GENERAL_NAME_new());
  if (entry == nullptr) return Failed("make a name");
  if (address != nullptr) {
    GENERAL_NAME_set0_value(entry.get(), GEN_IPADD, address.release());
  } else {
    std::unique_ptr<ASN1_IA5STRING, Deleter<ASN1_IA5STRING_free>> text(ASN1_IA5STRING_new());
    if (text == nullptr ||
        ASN1_STRING_set(text.get(), name.data(), static_cast<int>(name.size())) != 1) {
      return Failed("make a name");
    }
    GENERAL_NAME_set0_value(entry.get(), GEN_DNS, text.release());
  }
  if (sk_GENERAL_NAME_push(names, entry.get()) == 0) return Failed("make a name");
  static_cast<void>(entry.release());
  return absl::OkStatus();
}

struct ExtensionText {
  int nid;
  const char* text;
};

// A certificate of the parts that both have. `issuer` is the authority's, or null: its own.
class CertificateBuilder {
 public:
  explicit CertificateBuilder(X509* issuer) : certificate_(X509_new()), issuer_(issuer) {
    if (issuer_ == nullptr) issuer_ = certificate_.get();
  }

  absl::Status SetHead(const std::string& common_name, EVP_PKEY* key,
                       const CertificateOptions& options) {
    X509* const x509 = certificate_.get();
    const absl::Time begin = options.now - kValidBefore;
    const absl::Time end = options.now + absl::Hours(24) * options.days;
    const Number serial(BN_new());
    X509_NAME* const subject = X509_get_subject_name(x509);
    const bool is_set =
        X509_set_version(x509, kX509Version3) == 1 && serial != nullptr &&
        BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
        BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x509)) != nullptr &&
        ASN1_TIME_set(X509_getm_notBefore(x509), absl::ToTimeT(begin)) != nullptr &&
        ASN1_TIME_set(X509_getm_notAfter(x509), absl::ToTimeT(end)) != nullptr &&
        X509_set_pubkey(x509, key) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>("Penstock"), -1, -1,
                                   0) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                                   -1, 0) == 1 &&
        X509_set_issuer_name(x509, X509_get_subject_name(issuer_)) == 1;
    return is_set ? absl::OkStatus() : Failed("make a certificate");
  }

  absl::Status Add(const std::vector<ExtensionText>& extensions) {
    for (const auto& [nid, text] : extensions) {
      X509V3_CTX context = {};
      X509V3_set_ctx_nodb(&context);
      X509V3_set_ctx(&context, issuer_, certificate_.get(), nullptr, nullptr, 0);
      const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, text));
      if (extension == nullptr || X509_add_ext(certificate_.get(), extension.get(), -1) != 1) {
        return Failed("add an extension to a certificate");
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddNames(const std::vector<std::string>& names) {
    const Names general_names(GENERAL_NAMES_new());
    if (general_names == nullptr) return Failed("make a list of names");
    for (const std::string& name : names) RETURN_IF_ERROR(AppendName(name, general_names.get()));
    if (X509_add1_ext_i2d(certificate_.get(), NID_subject_alt_name, general_names.get(), 0,
                          X509V3_ADD_DEFAULT) != 1) {
      return Failed("add the names to a certificate");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Certificate> Sign(EVP_PKEY* issuer_key) {
    if (X509_sign(certificate_.get(), issuer_key, EVP_sha256()) == 0) {
      return Failed("sign a certificate");
    }
    return std::move(certificate_);
  }

 private:
  Certificate certificate_;
  X509* issuer_;
};

absl::StatusOr<Key> MakeKey() {
  Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed("make a key");
  return key;
}

// Tells authorities apart that one trust store holds.
absl::StatusOr<std::string> NewAuthorityName() {
  std::string random(4, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()),
                 static_cast<int>(random.size())) != 1) {
    return Failed("make a name");
  }
  return absl::StrCat("Penstock CA ", absl::BytesToHexString(random));
}

absl::StatusOr<Certificate> MakeAuthority(EVP_PKEY* key, const CertificateOptions& options) {
  CertificateBuilder builder(nullptr);
  ASSIGN_OR_RETURN(const std::string name, NewAuthorityName());
  RETURN_IF_ERROR(builder.SetHead(name, key, options));
  RETURN_IF_ERROR(builder.Add({{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                               {NID_key_usage, "critical,keyCertSign,cRLSign"},
                               {NID_subject_key_identifier, "hash"}}));
  return builder.Sign(key);
}

absl::StatusOr<Certificate> MakeServer(EVP_PKEY* key, X509* authority, EVP_PKEY* authority_key,
                                       const CertificateOptions& options) {
  CertificateBuilder builder(authority);
  RETURN_IF_ERROR(builder.SetHead("Penstock server", key, options));
  RETURN_IF_ERROR(builder.Add({{NID_basic_constraints, "critical,CA:FALSE"},
                               {NID_key_usage, "critical,digitalSignature"},
                               {NID_ext_key_usage, "serverAuth"},
                               {NID_subject_key_identifier, "hash"},
                               {NID_authority_key_identifier, "keyid"}}));
  RETURN_IF_ERROR(builder.AddNames(options.names));
  return builder.Sign(authority_key);
}

// What `write` writes to the BIO it is given.
template <typename Write>
absl::StatusOr<std::string> Pem(Write write) {
  const Memory memory(BIO_new(BIO_s_secmem()));
  if (memory == nullptr || write(memory.get()) != 1) return Failed("write PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<std::string> PemOf(X509* certificate) {
  return Pem([certificate](BIO* to) { return PEM_write_bio_X509(to, certificate); });
}

absl::StatusOr<std::string> PemOf(EVP_PKEY* key) {
  return Pem([key](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace

bool IsHostNameOrAddress(const std::string& name) {
  return AddressOf(name) != nullptr || IsHostName(name);
}

absl::StatusOr<Certificates> MakeCertificates(const CertificateOptions& options) {
  if (options.names.empty()) {
    return MakeError(ErrorReason::kInvalidArgument, "a certificate needs a name to be for");
  }
  ASSIGN_OR_RETURN(const Key authority_key, MakeKey());
  ASSIGN_OR_RETURN(const Certificate authority, MakeAuthority(authority_key.get(), options));
  ASSIGN_OR_RETURN(const Key server_key, MakeKey());
  ASSIGN_OR_RETURN(const Certificate server,
                   MakeServer(server_key.get(), authority.get(), authority_key.get(), options));
  Certificates made;
  ASSIGN_OR_RETURN(made.ca_certificate, PemOf(authority.get()));
  ASSIGN_OR_RETURN(made.ca_key, PemOf(authority_key.get()));
  ASSIGN_OR_RETURN(made.server_certificate, PemOf(server.get()));
  ASSIGN_OR_RETURN(made.server_key, PemOf(server_key.get()));
  made.not_after = options.now + absl::Hours(24) * options.days;
  return made;
}

}  // namespace penstock::cli
