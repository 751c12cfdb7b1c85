// The model of Kinesis Data Streams, 2013-12-02: its 39 operations and their shapes.
//
// The table is generated at build time by model/generate.py from model/kinesis-2013-12-02.json,
// which is the model that AWS publishes, without its texts, with the members for DryRun. Static;
// thread-safe.
#pragma once

#include "broker/aws/shape.h"

namespace penstock::broker {

const AwsModel& KinesisModel();

}  // namespace penstock::broker
