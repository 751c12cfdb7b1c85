#include "bench/broker_in_process.h"

#include <utility>

#include "common/check.h"

namespace penstock::bench {

std::unique_ptr<broker::Broker> StartBroker(const std::string& folder) {
  broker::BrokerConfig config;
  config.data_dir = folder + "/data";
  config.grpc_listen = broker::ListenAddress{"127.0.0.1", 0};
  // Their default ports may be those of a broker that runs here.
  config.admin_listen.reset();
  config.kinesis_listen.reset();
  auto broker = broker::Broker::Start(config);
  CHECK(broker.ok());
  return *std::move(broker);
}

std::unique_ptr<Client> Connect(const broker::Broker& broker) {
  ClientOptions options;
  options.endpoint = broker.grpc_address().ToString();
  auto client = Client::Connect(options);
  CHECK(client.ok());
  return *std::move(client);
}

}  // namespace penstock::bench
