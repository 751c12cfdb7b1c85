#!/usr/bin/env python3
"""Signs requests with botocore and prints them as the JSON that sigv4_verifier_test.cc reads.

usage: make_sigv4_vectors.py > sigv4_vectors.json        (needs the package python3-botocore)

The vectors are committed, so that the tests need neither Python nor botocore. Each is a request as it is on the wire.
"""

import datetime
import json
import unittest.mock
import urllib.parse

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ID = "PSTKVECTORS234567ABC"
SECRET = "vector/secret+of~penstock-0123456789ABCD"
NOW = datetime.datetime(2026, 1, 31, 12, 0, 0)
JSON_FIELDS = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Kinesis_20131202.ListStreams")]


def sign(name, url="http://localhost:4567/", fields=(), body=b"{}", method="POST", params=None, token=None,
         region="us-east-1", service="kinesis", auth=botocore.auth.SigV4Auth):
    request = AWSRequest(method=method, url=url, data=body, params=params)
    for field, value in [*JSON_FIELDS, *fields]:
        request.headers.add_header(field, value)
    signer = auth(Credentials(KEY_ID, SECRET, token), service, region)
    # The name of the clock is another one in older versions.
    clock = "get_current_datetime" if hasattr(botocore.auth, "get_current_datetime") else "datetime"
    with unittest.mock.patch.object(botocore.auth, clock) as now:
        now.return_value = NOW
        signer.add_auth(request)
    prepared = request.prepare()
    # The query form has no body: it would move it into the query.
    wire_body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    parts = urllib.parse.urlsplit(prepared.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    wire = [["host", parts.netloc.removesuffix(":80" if parts.scheme == "http" else ":443")]]
    wire += [[field.lower(), value] for field, value in request.headers.items() if field.lower() != "host"]
    return {"name": name, "method": method, "target": target, "fields": wire, "body": wire_body.hex(),
            "region": region, "service": service}


def main():
    empty_hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of {}
    query = botocore.auth.SigV4QueryAuth
    vectors = [
        sign("plain"),
        sign("host on its scheme's own port", url="https://kinesis.us-east-1.amazonaws.com/"),
        sign("IPv6 host", url="http://[::1]:4567/"),
        sign("another region and service", region="eu-central-1", service="dynamodb"),
        sign("no body", body=b""),
        sign("a body of all bytes", body=bytes(range(256))),
        sign("a body of UTF-8", body='{"StreamName":"größe-€"}'.encode()),
        sign("query in another order", url="http://localhost:4567/?b=2&a=1&B=3&a=0&a-b=4&ab=5&aa=6"),
        sign("query without values", url="http://localhost:4567/?flag&other="),
        sign("query that needs encoding", params={"sp ace": "a b", "sign": "+/=&", "utf8": "€", "tilde": "~._-"}),
        sign("blanks in values", fields=[("X-Amz-Meta-Blanks", "   a   b \t c  "), ("Accept", "  */*  ")]),
        sign("fields of one name", fields=[("X-Amz-Meta-Many", "b"), ("X-Amz-Meta-Many", " a  c "),
                                           ("X-Amz-Meta-Many", "b")]),
        sign("an empty value", fields=[("X-Amz-Meta-Empty", "")]),
        sign("UTF-8 in a value", fields=[("X-Amz-Meta-City", "Zürich €")]),
        sign("fields that SDKs add", fields=[("amz-sdk-invocation-id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
                                             ("amz-sdk-request", "attempt=1; max=3"), ("Content-Length", "2"),
                                             ("User-Agent", "not signed"), ("X-Amzn-Trace-Id", "not signed")]),
        sign("payload hash as a field", fields=[("X-Amz-Content-SHA256", empty_hash)]),
        sign("Date in place of X-Amz-Date", fields=[("Date", "is set by the signer")]),
        sign("a path that is not normal", url="http://localhost:4567/a/../b//./c/"),
        sign("a path that is encoded", url="http://localhost:4567/a%20b/%C3%BC~c"),
        sign("GET", method="GET", body=b""),
        sign("query form", auth=query),
        sign("query form among other parameters", auth=query, url="http://localhost:4567/?z=1&A=2&Y=%20"),
        sign("token of a temporary key", token="IQoJb3JpZ2luX2Vj//token"),
        sign("token of a temporary key, query form", token="IQoJb3JpZ2luX2Vj//token", auth=query),
    ]
    print(json.dumps({"botocore": botocore.__version__, "access_key_id": KEY_ID, "secret": SECRET,
                      "now": int(NOW.replace(tzinfo=datetime.timezone.utc).timestamp()), "vectors": vectors},
                     indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
