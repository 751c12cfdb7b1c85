#!/usr/bin/env python3
"""Shows that the layering test can fail: each plant breaks a rule, and that rule must be reported, of
no other file.

The clean tree holds what is allowed but looks close to what is not; nothing may be reported in it.
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
import layering  # pylint: disable=wrong-import-position

HEADER = "// A header.\n#pragma once\n"


def include(*names):
    return "".join(f"#include {name}\n" for name in names)


# In pieces, as the rule on paths reads this file too.
WORK = "/" + "work/"

CLEAN = {
    ".gitignore": "build/\n",
    "build/junk.h": "not ours\n",
    "common/clock.h": HEADER + include("<chrono>", '"absl/time/time.h"', '"common/limits.h"'),
    "common/limits.h": "#pragma once\n// The guard may come first.\n",
    "storage/log.cc": include('"storage/log.h"', "<rocksdb/db.h>", '"common/clock.h"',
                              '"penstock/internal/v1/stored.pb.h"'),
    "storage/log.h": HEADER,
    "broker/main.cc": include('"broker/grpc/service.h"', '"broker/kinesis/server.h"', "<grpcpp/grpcpp.h>"),
    "broker/app/broker.cc": include('"broker/grpc/service.h"', '"broker/kinesis/server.h"'),
    "broker/grpc/service.cc": include('"broker/grpc/service.h"', '"penstock/v1/streams.grpc.pb.h"',
                                      '"broker/record/append.h"', '"google/rpc/status.pb.h"'),
    "broker/record/append.h": HEADER + include('"storage/log.h"', "<boost/asio/post.hpp>",
                                               '"penstock/v1/records.pb.h"'),
    "broker/http/server.cc": include('"broker/http/server.h"', '"common/clock.h"', "<nghttp2/nghttp2.h>"),
    "broker/aws/endpoint.cc": include('"broker/http/server.h"', '"broker/metrics/methods.h"', '"common/clock.h"'),
    "broker/cluster/store.cc": include("<rocksdb/db.h>"),
    "client/include/penstock/producer.h": HEADER + include("<string>", "<stdint.h>", '"absl/status/status.h"',
                                                           '"penstock/record.h"'),
    "client/rpc/channel.cc": include("<grpcpp/grpcpp.h>", '"penstock/v1/streams.grpc.pb.h"', '"penstock/producer.h"',
                                     '"client/rpc/channel.h"', '"common/clock.h"'),
    "tests/unit/common/clock_test.cc": 'TEST_CASE("clock") {}\n' + include("<catch2/catch_test_macros.hpp>"),
    "tests/unit/main.cc": "int main() {}\n",
    "tests/support/broker.cc": include('"broker/grpc/service.h"', "<rocksdb/db.h>", "<grpcpp/grpcpp.h>",
                                       '"client/rpc/channel.h"', '"tests/support/broker.h"'),
    "docs/paths.md": "See /var/lib/penstock, docs" + WORK + "notes, ~" + WORK + "x, $ROOT" + WORK + "y"
                     " and https://example.com" + WORK + "z.\n",
    "storage/long.cc": "int x;\n" * layering.LINES_MAX,
    "docs/long.md": "text\n" * (layering.LINES_MAX + 1),
}

# (rule, path, text): put together from pieces where this file would itself break the rule.
PLANTS = [
    ("layer", "common/bad.cc", include('"storage/log.h"')),
    ("layer", "common/bad.cc", include('"penstock/v1/records.pb.h"')),
    ("layer", "common/bad.cc", include("<storage/log.h>")),
    ("layer", "common/bad.cc", "  #  include \"broker/record/append.h\"\n"),
    ("layer", "storage/bad.cc", include('"broker/record/append.h"')),
    ("layer", "storage/bad.cc", include('"client/rpc/channel.h"')),
    ("layer", "storage/bad.cc", include('"penstock/v1/records.pb.h"')),
    ("layer", "broker/record/bad.cc", include('"client/rpc/channel.h"')),
    ("layer", "broker/record/bad.cc", include('"penstock/producer.h"')),
    ("layer", "broker/main.cc", include('"tests/support/broker.h"')),
    ("layer", "client/producer/bad.cc", include('"storage/log.h"')),
    ("layer", "client/producer/bad.cc", include('"broker/record/append.h"')),
    ("layer", "client/producer/bad.cc", include('"penstock/internal/v1/stored.pb.h"')),
    ("doors", "broker/record/bad.cc", include('"broker/grpc/service.h"')),
    ("doors", "broker/stream/bad.cc", include('"broker/kinesis/server.h"')),
    ("doors", "broker/kinesis/bad.cc", include('"broker/grpc/service.h"')),
    ("wire", "broker/http/bad.cc", include('"broker/aws/call.h"')),
    ("wire", "broker/http/bad.cc", include('"broker/metrics/methods.h"')),
    ("wire", "broker/aws/bad.cc", include('"broker/record/append.h"')),
    ("grpc", "common/bad.cc", include("<grpcpp/grpcpp.h>")),
    ("grpc", "storage/bad.cc", include("<grpc/grpc.h>")),
    ("grpc", "broker/record/bad.cc", include('"grpcpp/grpcpp.h"')),
    ("grpc", "broker/stream/bad.cc", include('"penstock/v1/streams.grpc.pb.h"')),
    ("grpc", "client/producer/bad.cc", include("<grpcpp/channel.h>")),
    ("rocksdb", "common/bad.cc", include("<rocksdb/db.h>")),
    ("rocksdb", "broker/record/bad.cc", include('"rocksdb/db.h"')),
    ("rocksdb", "broker/main.cc", include("<rocksdb/db.h>")),
    ("rocksdb", "client/rpc/bad.cc", include("<rocksdb/slice.h>")),
    ("prometheus", "broker/metrics/bad.cc", include("<prometheus/registry.h>")),
    ("prometheus", "broker/app/bad.cc", include("<prometheus/counter.h>")),
    ("prometheus", "storage/bad.cc", include("<prometheus/gauge.h>")),
    ("public-header", "client/include/penstock/bad.h", HEADER + include('"penstock/v1/records.pb.h"')),
    ("public-header", "client/include/penstock/bad.h", HEADER + include('"common/clock.h"')),
    ("public-header", "client/include/penstock/bad.h", HEADER + include("<boost/asio.hpp>")),
    ("public-header", "client/include/penstock/bad.h", HEADER + include("<google/protobuf/message.h>")),
    ("include-path", "storage/bad.cc", include('"log.h"')),
    ("include-path", "storage/bad.cc", include('"../common/clock.h"')),
    ("header", "common/bad.h", "// A header without a guard.\n"),
    ("header", "common/bad.h", "#pragma once\n#include <string>\n// Too late.\n"),
    ("header", "client/include/penstock/bad.h", "#pragma once\n"),
    ("length", "storage/bad.cc", "int x;\n" * (layering.LINES_MAX + 1)),
    ("length", "tests/layering/bad.py", "x = 1\n" * (layering.LINES_MAX + 1)),
    ("length", "proto/penstock/v1/bad.proto", "// x\n" * (layering.LINES_MAX + 1)),
    ("length", "tool", "#!/bin/sh\n" + ":\n" * layering.LINES_MAX),
    ("machine-path", "docs/bad.md", "Look in " + "/work" + "/main.\n"),
    ("machine-path", "x.sh", 'cd "' + "/farm" + '/a"\n'),
    ("machine-path", "deploy/bad.service", "ExecStart=" + "/home" + "/me/penstockd\n"),
    ("test-name", "tests/unit/common/clok_test.cc", ""),
    ("test-name", "tests/unit/clock_test.cc", ""),
    ("test-name", "tests/unit/common/clock.cc", 'TEST_CASE("clock") {}\n'),
]


def findings_in(files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return layering.check_tree(layering.read_tree(pathlib.Path(folder)))


def main():
    faults = [f"clean tree: {finding}" for finding in findings_in(CLEAN)]
    for number, (rule, path, text) in enumerate(PLANTS):
        found = findings_in({**CLEAN, path: text})
        expected = [finding for finding in found if finding.rule == rule and finding.path == path]
        # Some plants break two rules at once, as gRPC in storage does; what is planted must be among them.
        if not expected:
            faults.append(f"plant {number} ({rule}, {path}): not found; found: {[str(f) for f in found]}")
        if any(finding.path != path for finding in found):
            faults.append(f"plant {number} ({rule}, {path}): other files were blamed: {[str(f) for f in found]}")

    documented = set(re.findall(r"^  ([a-z-]+)  +\S", layering.__doc__, re.MULTILINE))
    planted = {rule for rule, _, _ in PLANTS}
    if documented != planted:
        faults.append(f"rules without a plant, or the reverse: {sorted(documented ^ planted)}")

    for fault in faults:
        print(fault)
    print(f"{len(PLANTS)} plants, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
