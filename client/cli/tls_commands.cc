// penstock tls init.
#include <memory>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include <nlohmann/json.hpp>

#include "client/cli/certificate_files.h"
#include "client/cli/certificate_maker.h"
#include "client/cli/command.h"
#include "client/cli/output.h"
#include "client/cli/table.h"
#include "client/cli/time_text.h"
#include "common/error.h"
#include "common/secret.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

struct InitArguments {
  std::string folder;
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  int days = kCertificateDaysDefault;
  bool overwrites = false;
};

std::string FilesJson(const CertificateFiles& files, const std::vector<std::string>& names,
                      absl::Time not_after) {
  const nlohmann::ordered_json json = {{"ca_certificate_file", files.ca_certificate},
                                       {"ca_key_file", files.ca_key},
                                       {"server_certificate_file", files.server_certificate},
                                       {"server_key_file", files.server_key},
                                       {"names", names},
                                       {"not_after", FormatTimestamp(not_after)}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string FilesText(const CertificateFiles& files, const std::vector<std::string>& names,
                      absl::Time not_after) {
  Table table({{"FILE"}, {"HOLDS"}});
  table.AddRow({files.ca_certificate, "what clients trust"});
  table.AddRow(
      {files.ca_key, "its key: whoever has it can be any server to them; not needed again"});
  table.AddRow({files.server_certificate, absl::StrCat("for ", absl::StrJoin(names, ", "))});
  table.AddRow({files.server_key, "its key, for the broker alone"});
  const std::string& ca = files.ca_certificate;
  return absl::StrCat(table.Text(), "Good until ", FormatTimestamp(not_after), ".\n\nThe broker:\n",
                      "  penstockd --kinesis-tls-cert-file ", files.server_certificate,
                      " --kinesis-tls-key-file ", files.server_key, "\nAWS CLI, boto3:\n",
                      "  export AWS_CA_BUNDLE=", ca, "\nNode.js:\n",
                      "  export NODE_EXTRA_CA_CERTS=", ca, "\nJava:\n",
                      "  keytool -importcert -noprompt -alias penstock -file ", ca,
                      " -keystore penstock-trust.p12 -storepass changeit\n",
                      "  java -Djavax.net.ssl.trustStore=penstock-trust.p12 "
                      "-Djavax.net.ssl.trustStorePassword=changeit ...\n");
}

absl::Status Init(const GlobalOptions& globals, const InitArguments& arguments) {
  const CertificateFiles files = CertificateFiles::In(arguments.folder);
  if (!arguments.overwrites) RETURN_IF_ERROR(CheckNotThere(files));
  ASSIGN_OR_RETURN(Certificates made,
                   MakeCertificates({arguments.names, arguments.days, absl::Now()}));
  const auto wipe = absl::MakeCleanup([&made] {
    Wipe(made.ca_key);
    Wipe(made.server_key);
  });
  RETURN_IF_ERROR(WriteCertificates(files, made));
  Output output;
  if (globals.is_json) {
    output.Line(FilesJson(files, arguments.names, made.not_after));
  } else {
    output.Text(FilesText(files, arguments.names, made.not_after));
  }
  return output.Flush();
}

}  // namespace

void AddTlsCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const group = app.add_subcommand("tls", "Certificates for tests and private networks");
  group->require_subcommand(1);
  CLI::App* const init = group->add_subcommand(
      "init", "Make a certificate authority and a certificate of the broker; asks no broker");
  const auto arguments = std::make_shared<InitArguments>();
  init->add_option("--out", arguments->folder, "The folder they are written to")->required();
  init->add_option("--name", arguments->names,
                   "A host name or IP address that clients connect to; may be repeated")
      ->capture_default_str()
      ->check([](const std::string& given) {
        return IsHostNameOrAddress(given)
                   ? std::string()
                   : absl::StrCat("'", Excerpt(given),
                                  "' is neither a host name nor an IP address");
      });
  init->add_option("--days", arguments->days, "How long they are good")
      ->capture_default_str()
      ->check(CLI::Range(1, kCertificateDaysMax));
  init->add_flag("--force", arguments->overwrites, "Overwrite files that are there");
  init->callback([=, &globals] { *chosen = [=, &globals] { return Init(globals, *arguments); }; });
}

}  // namespace penstock::cli
