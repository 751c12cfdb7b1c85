#include "broker/http/listen.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/strand.hpp>

namespace penstock::broker {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

absl::Status CannotListen(const ListenOptions& options, const Error& error) {
  const bool is_v6 = absl::StrContains(options.host, ':');
  return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", is_v6 ? "[" : "",
                                                    options.host, is_v6 ? "]" : "", ":",
                                                    options.port, ": ", error.message()));
}

}  // namespace

absl::StatusOr<tcp::acceptor> Listen(const boost::asio::any_io_executor& executor,
                                     const ListenOptions& options) {
  Error error;
  tcp::resolver resolver(executor);
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) return CannotListen(options, error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(boost::asio::make_strand(executor));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(options.backlog, error);
  if (error) return CannotListen(options, error);
  return acceptor;
}

}  // namespace penstock::broker
