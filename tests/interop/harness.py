"""What the Python programs of the interop tests share: settings, the flights, hash ranges, and the list of what was not as expected.

The programs in JavaScript, Java and Go have the same three things in their own words.
"""

import hashlib
import os
import re
import sys
import time
import traceback

HASH_KEY_MAX = 2**128 - 1
# For states that a stream passes through; far beyond what a slow machine needs.
PATIENCE_SECONDS = 60
LOOK_INTERVAL_SECONDS = 0.1
# Between the clock of this program and the broker's, which run on one machine but round differently.
CLOCK_SLACK_SECONDS = 1.0
# Of a subscription: an event at least every 5 s, and some time for a loaded machine to deliver it.
EVENT_INTERVAL_SECONDS = 5 + 3
STREAM_ARN = re.compile(r"arn:aws:kinesis:([a-z0-9-]+):(\d{12}):stream/([a-zA-Z0-9_.-]+)")


class Settings:
    """What run.py says in the environment."""

    def __init__(self):
        self.endpoint = os.environ["INTEROP_ENDPOINT"]
        self.region = os.environ["INTEROP_REGION"]
        self.access_key_id = os.environ["INTEROP_ACCESS_KEY_ID"]
        self.secret_access_key = os.environ["INTEROP_SECRET_ACCESS_KEY"]
        self.ca_file = os.environ.get("INTEROP_CA_FILE") or None
        self.signatures = os.environ.get("INTEROP_SIGNATURES") == "1"
        self.stream = os.environ["INTEROP_STREAM"]
        with open(os.environ["INTEROP_FLIGHTS"], encoding="utf-8") as file:
            self.flights = file.read().splitlines()


def origin_of(flight):
    """The partition key. Every line of the file has it in this form."""
    return re.search(r'"origin":"([^"]+)"', flight)[1]


def hash_of(partition_key):
    return int.from_bytes(hashlib.md5(partition_key.encode("utf-8")).digest(), "big")


def hash_range(shard):
    return int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])


class Checks:
    """Counts what was checked; what is wrong is printed at once, and the run goes on to find the rest."""

    def __init__(self):
        self.count = 0
        self.wrong = 0

    def equal(self, what, expected, found):
        self.true(what, expected == found, f"expected {expected!r}, found {found!r}")

    def true(self, what, condition, found=""):
        self.count += 1
        if not condition:
            self.wrong += 1
            print(f"WRONG: {what}: {found}" if found != "" else f"WRONG: {what}", flush=True)

    def step(self, name, function):
        """Runs one part of the scenario. True if it came to its end: parts that build on it may go on."""
        began, wrong = time.monotonic(), self.wrong
        try:
            function()
        except Exception as error:  # pylint: disable=broad-except
            self.true(f"{name} came to its end", False, f"{type(error).__name__}: {error}")
            traceback.print_exc(limit=-4, chain=False, file=sys.stdout)
            return False
        finally:
            print(f"{name}: {'ok' if wrong == self.wrong else 'WRONG'} in {time.monotonic() - began:.1f} s", flush=True)
        return True

    def end(self):
        print(f"{self.count} checks, {self.wrong} wrong")
        return 1 if self.wrong or not self.count else 0


def wait_for(what, condition):
    """The first result of `condition` that is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {PATIENCE_SECONDS} s")
        time.sleep(LOOK_INTERVAL_SECONDS)


def compare_flights(checks, flights, records):
    """Every flight once, and those of one key in their order. `records`: (partition key, data) in the order of reading."""
    checks.equal("number of records read", len(flights), len(records))
    expected, found = {}, {}
    for flight in flights:
        expected.setdefault(origin_of(flight), []).append(flight)
    for key, data in records:
        found.setdefault(key, []).append(data.decode("utf-8"))
    checks.equal("partition keys read", sorted(expected), sorted(found))
    for key, lines in expected.items():
        if lines != found.get(key):
            again = sorted(lines) == sorted(found.get(key, []))
            checks.true(f"flights from {key}", False, "in another order" if again else "lost, doubled or changed")
            return
    checks.true("flights of each key in their order", True)
