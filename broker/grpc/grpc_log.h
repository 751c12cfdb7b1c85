// gRPC's own log lines, as lines of ours.
#pragma once

namespace penstock::broker {

// From now on gRPC's errors are logged as warnings, one line each in the configured format; its
// infos and debugs not at all. What goes wrong while binding a port is logged as debug: the caller
// of GrpcServer::Start is told. For the whole process; before the first server is started.
void RouteGrpcLog();

}  // namespace penstock::broker
