#!/usr/bin/env python3
"""Writes the seeds that were not found by fuzzing, into the folders beside it.

usage: make_seeds.py
"""

import hashlib
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


# --- HTTP: see http_session.h for the options and the steps ---
READS_LATE, LEAVES_EARLY, AS_IS, FRAMES_AS_THEY_ARE, DRAINS = 0x08, 0x10, 0x20, 0x40, 0x80
NO_HEADER_TIME, NO_BODY_TIME, NO_REQUEST_TIME, NO_WRITE_TIME, NO_IDLE_TIME = range(1, 6)
RESPOND, END, DROP, ABORT, DRAIN, SHUT, RECEIVE = 3, 5, 6, 6 | 1 << 3, 7, 7 | 1 << 3, 2
ALL = [1 | 31 << 3] * 3


def some(count):
    """The client sends so many bytes, 32 at most."""
    return count - 1 << 3


def write_some(size):
    return 4 | size << 3


def session(data, steps=(), options=0):
    return bytes([options, len(steps)]) + bytes(steps) + data


def request(target, fields="", body="", method="POST", version="HTTP/1.1"):
    return f"{method} {target} {version}\r\nHost: h\r\n{fields}\r\n{body}".encode()


def post(target, body):
    return request(target, f"Content-Length: {len(body)}\r\n", body)


def http1_seeds():
    chunked = request("/echo", "Transfer-Encoding: chunked\r\n", "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n")
    get = [request(t, method="GET") for t in ("/keep", "/await", "/stream", "/large", "/empty", "/drop", "/abort")]
    keep, wait, stream, large, empty, drop, abort = get
    waits = "Content-Length: 5\r\nExpect: 100-continue\r\n"
    bad = [
        "\r\n", "GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nHost: h\rA: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA: \0\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET /" + "a" * 130 + " HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\n" + "A: b\r\n" * 9 + "\r\n",
    ]
    framing = [
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 9999\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Content-Encoding: gzip\r\n",
    ]
    return [
        session(post("/echo", "hello") * 2 + post("/no", "no") + chunked),
        session(post("/echo", "hello") + chunked, [some(32), some(20), some(14), some(1), some(8), some(32)] + [some(9)] * 12),
        session(keep + post("/keep", "ab"), ALL + [RESPOND, RESPOND]), session(keep + large, ALL + [write_some(9), write_some(0), END]),
        session(keep + keep, ALL + [DROP, write_some(3), DROP]), session(keep, ALL + [write_some(3), ABORT]),
        session(stream + empty + drop + stream + abort), session(large + stream + large, ALL + [RECEIVE], READS_LATE),
        session(wait, ALL + [SHUT]), session(wait + wait, ALL, LEAVES_EARLY), session(wait, ALL, NO_REQUEST_TIME),
        session(wait, ALL + [write_some(31)], READS_LATE | NO_WRITE_TIME), session(wait + stream, ALL + [DRAIN, write_some(1), DRAIN, END]),
        session(stream, (), DRAINS), session(request("/echo", waits, "hello"), [some(32)] * 2 + [some(6)] + ALL),
        session(request("/echo", waits), ALL), session(request("/no", waits), ALL), session(post("/shut", "body") + empty),
        session(request("/stream", version="HTTP/1.0") + empty), session(request("/echo", "Connection: close\r\n") + empty),
        session(request("/echo", "Content-Length: 2000\r\n", "a" * 900), (), NO_BODY_TIME), session(keep[:20], [some(20)], NO_HEADER_TIME),
        session(empty, ALL, NO_IDLE_TIME), session(request("/no", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n") + empty),
        session(request("/echo", "Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n")),
        session(request("/echo", "Transfer-Encoding: chunked\r\n", "fff\r\n" + "c" * 40)), session(request("/", method="HEAD") + empty),
    ] + [session(b.encode("latin-1")) for b in bad] + [session(request("/echo", f, "a")) for f in framing]


def h2_frame(kind, flags, stream, payload=b""):
    return bytes([kind | len(payload) >> 8 << 4, flags, stream, len(payload) & 0xff]) + payload


def h2_wire(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def hpack(target, *fields):
    """POST (or what `fields` say first), http, and fields that are not indexed."""
    out = b"\x83\x86"
    for name, value in ((":path", target), (":authority", "h"), *fields):
        out += b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    return out


def http2_seeds():
    end_stream, end_headers, ack, padded = 1, 4, 1, 8

    def call(stream, target, *fields, flags=end_stream | end_headers):
        return h2_frame(1, flags, stream, hpack(target, *fields))

    def data(stream, body, flags=end_stream):
        return h2_frame(0, flags, stream, body)

    def window(stream, count):
        return h2_frame(8, 0, stream, struct.pack(">I", count))

    def reset(stream):
        return h2_frame(3, 0, stream, struct.pack(">I", 8))

    def settings(*pairs):
        return h2_frame(4, 0, 0, b"".join(struct.pack(">HI", *p) for p in pairs))

    open_ = end_headers
    ping = h2_frame(6, 0, 0, b"12345678")
    block = hpack("/echo", ("a", "b" * 30))
    split = h2_frame(1, end_stream, 1, block[:9]) + h2_frame(9, 0, 1, block[9:20]) + h2_frame(9, end_headers, 1, block[20:])
    three = call(1, "/await") + call(3, "/await") + call(5, "/keep")
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    wire = h2_wire(4, 0, 0) + h2_wire(1, open_, 1, hpack("/echo")) + h2_wire(0, end_stream, 1, b"hello") + h2_wire(6, 0, 0, b"12345678")
    return [
        session(settings((3, 10), (4, 65535)) + call(1, "/echo", flags=open_) + data(1, b"hello") + h2_frame(4, ack, 0) + ping),
        session(call(1, "/echo", ("content-length", "5"), flags=open_) + data(1, b"he", 0) + data(1, b"llo")),
        session(call(1, "/echo", ("content-length", "5"), flags=open_) + data(1, b"hell")), session(split),
        session(three, ALL + [RESPOND, write_some(4), END, RESPOND]), session(three, ALL + [DROP, ABORT, write_some(9), DROP]),
        session(three, ALL, LEAVES_EARLY), session(three, ALL, NO_REQUEST_TIME), session(three + reset(3) + reset(1), ALL + [RESPOND]),
        session(call(1, "/stream") + call(3, "/large") + call(5, "/abort") + call(7, "/drop") + call(9, "/empty")),
        session(settings((4, 0)) + call(1, "/large") + call(3, "/stream") + window(1, 30000) + window(3, 50) + window(3, 400)),
        session(settings((4, 0)) + call(1, "/large") + call(3, "/stream"), ALL, NO_WRITE_TIME),
        session(call(1, "/large") + call(3, "/large") + window(0, 99999) + window(1, 99), ALL + [RECEIVE], READS_LATE),
        session(call(1, "/no", flags=open_) + data(1, b"body") + call(3, "/shut") + call(5, "/echo", ("expect", "100-continue"), flags=open_)
                + data(5, b"now")),
        session(call(1, "/echo", ("content-length", "9999"), flags=open_)), session(call(1, "/echo", ("host", "other"))),
        session(call(1, "/" + "a" * 120)), session(call(1, "/", *[("n", "v")] * 10)), session(call(1, "/", ("A", "b"), ("connection", "x"))),
        session(call(1, "/echo", flags=open_) + data(1, b"d" * 1000, 0) + data(1, b"d" * 1000, 0) + data(1, b"d" * 1000)),
        session(call(1, "/echo", flags=open_) + data(1, b"\x04body\0\0\0\0", padded | end_stream)),
        session(call(1, "/echo", flags=open_) + data(1, b"body", 0) + call(1, "/trailer")), session(ping * 12, (), READS_LATE),
        session(b"".join(call(n, "/await") + reset(n) for n in range(1, 19, 2))), session(b"".join(call(n, "/await") for n in range(1, 13, 2))),
        session(call(1, "/keep") + h2_frame(7, 0, 0, struct.pack(">II", 0, 0)), ALL + [RESPOND]), session(call(1, "/keep")[:12], (), NO_HEADER_TIME),
        session(call(1, "/echo", flags=open_) + data(1, b"slow", 0), (), NO_BODY_TIME), session(call(1, "/empty"), ALL, NO_IDLE_TIME),
        session(three + call(7, "/stream"), ALL + [write_some(2), DRAIN, RESPOND, write_some(3), END]), session(three, ALL + [SHUT], DRAINS),
        session(call(1, "/await") + h2_frame(2, 0, 1, b"\0\0\0\0\x10") + window(1, 0x7fffffff) + window(1, 0x7fffffff)),
        session(wire, [some(9)] * 12, FRAMES_AS_THEY_ARE), session(preface + wire, [some(10), some(14), some(30)], AS_IS),
        session(preface[:20], (), AS_IS),
    ]


def kpl_seeds():
    """Aggregated records, whole and as the message alone: see client/kpl/aggregate_format.h."""
    def text(number, value):
        return bytes([number << 3 | 2, len(value)]) + value

    def record(key, explicit=None, data=b"", more=b""):
        index = b"" if explicit is None else bytes([0x10, explicit])
        return text(3, bytes([8, key]) + index + text(3, data) + more)

    def sealed(message):
        return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()

    largest = str(2**128 - 1).encode()
    plain = text(1, b"k") + record(0, data=b"one") + record(0, data=b"two")
    hashed = text(1, "k\u00fc".encode()) + text(1, b"") + text(2, b"0") + text(2, largest) + record(0, 1, b"a") + record(1, 0) + record(1)
    unknown = record(0, data=b"x", more=text(4, text(1, b"t")) + b"\x28\x05") + b"\x48\x07" + text(1, b"k")
    messages = [
        plain, hashed, unknown, text(1, b"k"), text(1, b"k") + record(1), text(1, b"k") + record(0, 0), text(1, b"k") + text(2, b"07") + record(0, 0),
        text(1, b"k") + text(3, b"\x08\x00"), plain[:-1], plain + b"\x0b", text(1, b"k") + record(0, data=b"d" * 100) * 20,
    ]
    return messages + [sealed(plain), sealed(hashed), sealed(plain)[:-1], sealed(b""), b""]


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
    write("http1", http1_seeds())
    write("http2", http2_seeds())
    write("kpl", kpl_seeds())


if __name__ == "__main__":
    main()
