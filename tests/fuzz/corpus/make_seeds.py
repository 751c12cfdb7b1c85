#!/usr/bin/env python3
"""Writes the seeds that were not found by fuzzing, into the folders beside it.

usage: make_seeds.py
"""

import json
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "broker/kinesis/model/kinesis-2013-12-02.json"


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def cbor(value, indefinite):
    """A value in CBOR: bytes are byte strings, a float is a time (tag 1) of so many milliseconds."""
    if isinstance(value, bool) or value is None:
        return {True: b"\xf5", False: b"\xf4", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xc1" + head(0, int(value))
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    parts = [cbor(x, indefinite) for pair in value.items() for x in pair] if isinstance(value, dict) else \
            [cbor(x, indefinite) for x in value]
    major = 5 if isinstance(value, dict) else 4
    if indefinite:
        return bytes([major << 5 | 31]) + b"".join(parts) + b"\xff"
    return head(major, len(value)) + b"".join(parts)


def event(headers, payload):
    encoded = b"".join(bytes([len(n)]) + n + b"\x07" + struct.pack(">H", len(v)) + v for n, v in headers)
    prelude = struct.pack(">II", 16 + len(encoded) + len(payload), len(encoded))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + encoded + payload
    return message + struct.pack(">I", zlib.crc32(message))


ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/flights"
CALLS = [
    ("CreateStream", {"StreamName": "flights", "ShardCount": 2, "Tags": {"team": "data"},
                      "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}),
    ("PutRecord", {"StreamName": "flights", "Data": "QUJD", "PartitionKey": "key", "ExplicitHashKey": "0"}),
    ("PutRecords", {"StreamARN": ARN, "Records": [
        {"Data": "QQ==", "PartitionKey": "a"}, {"Data": "", "PartitionKey": "\u00e4"}], "DryRun": True}),
    ("GetRecords", {"ShardIterator": "AAAA", "Limit": 100}),
    ("GetShardIterator", {"StreamName": "flights", "ShardId": "shardId-000000000000",
                          "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1441215410.867}),
    ("ListShards", {"StreamName": "flights", "ShardFilter": {"Type": "AT_TRIM_HORIZON"}, "MaxResults": 10}),
    ("SubscribeToShard", {"ConsumerARN": ARN + "/consumer/reader:1441215410", "ShardId": "s",
                          "StartingPosition": {"Type": "LATEST"}}),
    ("EnableEnhancedMonitoring", {"StreamName": "flights", "ShardLevelMetrics": ["ALL", "IncomingBytes"]}),
    ("UntagResource", {"ResourceARN": ARN, "TagKeys": ["a", "b"]}),
    ("DescribeLimits", {}),
    ("PutRecords", {"Records": [{}, {"Data": None}, None]}),
    ("ListStreams", {"Limit": 0, "ExclusiveStartStreamName": "a b"}),
]
JSON = [
    '{}', ' {\n} ', '{"a":[1,-2,3.5e3,true,false,null,"x",{},[]]}', '{"\\u0061\\n\\"":"\\ud83d\\udca7"}',
    '{"a":9223372036854775807,"b":18446744073709551615,"c":1e400}', '{"a":1,"a":2}', '{"a":"\\ud800"}',
    '{"a":1,}', '{"a":[1 2]}', '{"a":tru}', '[]', '{"a":' + "[" * 31 + "]" * 31 + '}', '{"a":' + "[" * 40,
    '{"\u00e4":"\U0001f4a7"}', '{"a":01}', '{"a":"',
]
CBOR = [
    "a0", "bfff", "a1616100", "bf61619f0120f5f4f6ffff", "a161617f61616162ff", "a161615f41004101ff", "a16161c11b0000014f98a234b3",
    "a16161f93c00", "a16161fa47c35000", "a16161fb3ff199999999999a", "a16161c1f97e00", "d9d9f7a0", "a2616101616102",
    "a161619bffffffffffffffff", "a16161" + "81" * 31 + "00", "a16161" + "9f" * 40, "a161613bffffffffffffffff", "a16161ff", "bf6161",
    "a1616161ff",
]


def as_cbor(name, value):
    """The call as CBOR writes it: blobs as bytes, times in milliseconds."""
    if isinstance(value, dict):
        return {k: as_cbor(k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_cbor(name, v) for v in value]
    if name == "Data" and value is not None:
        return b"ABC"
    return value * 1000 if isinstance(value, float) else value


def write(name, seeds):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:02}").write_bytes(seed)


def main():
    operations = sorted(json.loads(MODEL.read_text(encoding="utf-8"))["operations"])
    texts = [json.dumps(call, ensure_ascii=False).encode() for _, call in CALLS]
    packed = [cbor(as_cbor("", call), i % 2 == 0) for i, (_, call) in enumerate(CALLS)]
    prefix = [bytes([operations.index(name)]) for name, _ in CALLS]
    write("bind_input", [p + b"\0" + t for p, t in zip(prefix, texts)] + [p + b"\1" + t for p, t in zip(prefix, packed)])
    write("json_document", [t.encode() for t in JSON] + texts[:6])
    write("cbor_document", [bytes.fromhex(t) for t in CBOR] + packed[:6])
    good = event([(b":message-type", b"event"), (b":event-type", b"SubscribeToShardEvent")], b'{"Records":[]}')
    write("event_stream", [
        event([], b""), event([], b"payload"), event([(b"n", b"v")], b""), event([(b"n", b"")], b"p"), good, good[:-1], good + b"x",
        good[:4] + b"\xff" + good[5:], event([(b":message-type", b"exception"), (b":exception-type", b"ResourceInUse")], b"{}"),
        event([(b"x" * 255, b"y" * 300)], b"z" * 100), b"", b"\0" * 16,
    ])


if __name__ == "__main__":
    main()
