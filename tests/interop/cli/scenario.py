#!/usr/bin/env python3
"""AWS CLI 2 against Penstock: some dozen flights through a split, and the commands around them.

Each call is a process of the CLI, as a user types it, so the flights are few. Started by ../run.py, which says in the environment
where the endpoint is.
"""

import base64
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
# pylint: disable=wrong-import-position
from harness import (CLOCK_SLACK_SECONDS, HASH_KEY_MAX, STREAM_ARN, Checks, Settings, compare_flights, hash_of, hash_range, origin_of,
                     wait_for)

# Put by put-record, one process each.
SINGLE = 4
BATCH = 30
BATCHES = 2
AWS = "/usr/bin/aws" if os.path.exists("/usr/bin/aws") else shutil.which("aws")
ERROR = re.compile(r"An error occurred \((\w+)\)")


class CommandError(Exception):
    """The CLI ended with another code than 0."""

    def __init__(self, command, output):
        super().__init__(f"aws kinesis {' '.join(command)}: {output.strip()}")
        found = ERROR.search(output)
        self.code = found[1] if found else "none that the CLI names"


class Scenario:

    def __init__(self, folder):
        self.settings = Settings()
        self.checks = Checks()
        self.folder = folder
        self.stream = self.settings.stream
        self.flights = self.settings.flights[:SINGLE + 2 * BATCH * BATCHES]
        self.arn = ""
        self.put = []  # (shard id, sequence number, flight)
        self.shards = {}
        self.between_puts = 0
        self.began = time.time()

    def aws(self, *command, secret=None, key=None):
        """The answer as a tree; None where there is none."""
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": key or self.settings.access_key_id, "AWS_PAGER": "",
                       "AWS_SECRET_ACCESS_KEY": secret or self.settings.secret_access_key, "AWS_MAX_ATTEMPTS": "1"}
        done = subprocess.run(
            [AWS, "--endpoint-url", self.settings.endpoint, "--region", self.settings.region, "--output", "json", "kinesis", *command],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode:
            raise CommandError(command, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def on_stream(self, command, *arguments):
        return self.aws(command, "--stream-name", self.stream, *arguments)

    def expect_error(self, what, names, call):
        try:
            call()
        except CommandError as error:
            self.checks.true(what, error.code in names, f"expected {' or '.join(names)}, found {error.code}: {error}")
        else:
            self.checks.true(what, False, f"expected {' or '.join(names)}, found none")

    def summary(self):
        return self.on_stream("describe-stream-summary")["StreamDescriptionSummary"]

    def wait_active(self):
        wait_for("stream is ACTIVE", lambda: self.summary()["StreamStatus"] == "ACTIVE")
        return self.summary()

    def before_the_stream(self):
        self.expect_error("describe without a stream", ["ResourceNotFoundException"], self.summary)
        if self.settings.signatures:
            self.expect_error("wrong secret", ["InvalidSignatureException"], lambda: self.aws("list-streams", secret="not-the-secret"))
            self.expect_error("unknown key", ["UnrecognizedClientException"],
                              lambda: self.aws("list-streams", key="AKIDOFNOBODY00000000"))

    def create(self):
        self.on_stream("create-stream", "--shard-count", "2")
        self.aws("wait", "stream-exists", "--stream-name", self.stream)
        self.expect_error("create twice", ["ResourceInUseException"], lambda: self.on_stream("create-stream", "--shard-count", "2"))
        summary = self.wait_active()
        self.arn = summary["StreamARN"]
        self.checks.true("ARN", STREAM_ARN.fullmatch(self.arn) and self.arn.endswith(f":stream/{self.stream}"), self.arn)
        self.checks.equal("open shards and retention", (2, 24), (summary["OpenShardCount"], summary["RetentionPeriodHours"]))
        self.checks.true("stream is listed", self.stream in self.aws("list-streams")["StreamNames"])

    def put_records(self, flights):
        """By put-records, with the entries in a file."""
        file = self.folder / "records.json"
        for first in range(0, len(flights), BATCH):
            batch = flights[first:first + BATCH]
            file.write_text(json.dumps([{"Data": base64.b64encode(flight.encode()).decode(), "PartitionKey": origin_of(flight)}
                                        for flight in batch]), encoding="utf-8")
            answer = self.on_stream("put-records", "--records", f"file://{file}")
            self.checks.equal("FailedRecordCount", 0, answer["FailedRecordCount"])
            self.put += [(result["ShardId"], result["SequenceNumber"], flight) for result, flight in zip(answer["Records"], batch)]

    def put_through_a_split(self):
        for flight in self.flights[:SINGLE]:
            answer = self.on_stream("put-record", "--partition-key", origin_of(flight), "--data", flight,
                                    "--cli-binary-format", "raw-in-base64-out")
            self.put.append((answer["ShardId"], answer["SequenceNumber"], flight))
        half = SINGLE + BATCH * BATCHES
        self.put_records(self.flights[SINGLE:half])
        # The CLI sends times in whole seconds.
        self.between_puts = int(time.time()) + 1
        wait_for("the clock is past that second", lambda: time.time() > self.between_puts)
        shards = self.on_stream("list-shards")["Shards"]
        self.on_stream("split-shard", "--shard-to-split", shards[0]["ShardId"], "--new-starting-hash-key", str(2**126))
        self.checks.equal("open shards after the split", 3, self.wait_active()["OpenShardCount"])
        self.put_records(self.flights[half:])
        self.shards = {shard["ShardId"]: shard for shard in self.on_stream("list-shards")["Shards"]}
        misplaced = [flight for shard_id, _, flight in self.put if not
                     hash_range(self.shards[shard_id])[0] <= hash_of(origin_of(flight)) <= hash_range(self.shards[shard_id])[1]]
        self.checks.equal("records in a shard that has other hash keys", [], misplaced)

    def list_shards(self):
        ids = sorted(self.shards)
        self.checks.equal("number of shards", 4, len(ids))
        for name, expected in (("AT_LATEST", ids[1:]), ("AT_TRIM_HORIZON", ids[:2]), ("FROM_TRIM_HORIZON", ids),
                               (f"AFTER_SHARD_ID,ShardId={ids[1]}", ids[2:]), (f"AT_TIMESTAMP,Timestamp={self.between_puts}", ids[:2])):
            found = self.on_stream("list-shards", "--shard-filter", f"Type={name}")["Shards"]
            self.checks.equal(name, expected, sorted(shard["ShardId"] for shard in found))
        first = self.on_stream("list-shards", "--no-paginate", "--max-results", "3")
        rest = self.aws("list-shards", "--no-paginate", "--next-token", first["NextToken"])
        self.checks.equal("shards page by page", (ids[:3], ids[3:]), tuple([shard["ShardId"] for shard in page["Shards"]]
                                                                           for page in (first, rest)))
        described = self.on_stream("describe-stream", "--page-size", "1")["StreamDescription"]
        self.checks.equal("described page by page", ids, [shard["ShardId"] for shard in described["Shards"]])

    def read_shard(self, shard_id, position, *arguments):
        iterator = self.on_stream("get-shard-iterator", "--shard-id", shard_id, "--shard-iterator-type", position,
                                  *arguments)["ShardIterator"]
        records = []
        while True:
            answer = self.aws("get-records", "--shard-iterator", iterator, "--limit", "1000")
            records += answer["Records"]
            iterator, children = answer.get("NextShardIterator"), answer.get("ChildShards", [])
            self.checks.equal(f"{shard_id}: child shards come with the end of the iterator", not iterator, bool(children))
            if not iterator or answer["MillisBehindLatest"] == 0:
                return records, children

    def read_back(self):
        pending, order, reached = sorted(self.shards)[:2], [], set()
        while pending:
            shard_id = pending.pop(0)
            records, children = self.read_shard(shard_id, "TRIM_HORIZON")
            reached.add(shard_id)
            order += records
            numbers = [int(record["SequenceNumber"]) for record in records]
            self.checks.true(f"{shard_id}: sequence numbers rise", numbers == sorted(set(numbers)), numbers)
            pending += [child["ShardId"] for child in children]
        self.checks.equal("shards reached", set(self.shards), reached)
        compare_flights(self.checks, self.flights,
                        [(record["PartitionKey"], base64.b64decode(record["Data"])) for record in order])
        self.checks.equal("sequence numbers", sorted(sequence for _, sequence, _ in self.put),
                          sorted(record["SequenceNumber"] for record in order))
        arrivals = [datetime.datetime.fromisoformat(record["ApproximateArrivalTimestamp"]).timestamp() for record in order]
        self.checks.true("arrival times are within the run", self.began - CLOCK_SLACK_SECONDS <= min(arrivals) and
                         max(arrivals) <= time.time() + CLOCK_SLACK_SECONDS, (min(arrivals), max(arrivals)))

        other = sorted(self.shards)[1]
        half = SINGLE + BATCH * BATCHES
        expected = [sequence for shard_id, sequence, _ in self.put[half:] if shard_id == other]
        found, _ = self.read_shard(other, "AT_TIMESTAMP", "--timestamp", str(self.between_puts))
        self.checks.equal("AT_TIMESTAMP", expected, [record["SequenceNumber"] for record in found])

    def consumers(self):
        consumer = self.aws("register-stream-consumer", "--stream-arn", self.arn, "--consumer-name", "cli-reader")["Consumer"]
        arn = consumer["ConsumerARN"]
        self.checks.true("consumer ARN", arn.startswith(f"{self.arn}/consumer/cli-reader:"), arn)
        wait_for("consumer is ACTIVE", lambda: self.aws("describe-stream-consumer", "--consumer-arn", arn)[
            "ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
        listed = self.aws("list-stream-consumers", "--stream-arn", self.arn)["Consumers"]
        self.checks.equal("consumers listed", ["cli-reader"], [entry["ConsumerName"] for entry in listed])
        self.aws("deregister-stream-consumer", "--consumer-arn", arn)

    def settings_of_the_stream(self):
        for hours in ("48", "48"):
            self.on_stream("increase-stream-retention-period", "--retention-period-hours", hours)
            self.checks.equal("retention", 48, self.wait_active()["RetentionPeriodHours"])
        self.on_stream("decrease-stream-retention-period", "--retention-period-hours", "24")
        self.checks.equal("retention", 24, self.wait_active()["RetentionPeriodHours"])
        self.on_stream("add-tags-to-stream", "--tags", "team=data,stage=test")
        self.on_stream("remove-tags-from-stream", "--tag-keys", "stage")
        self.checks.equal("tags", [{"Key": "team", "Value": "data"}], self.on_stream("list-tags-for-stream")["Tags"])
        answer = self.on_stream("update-shard-count", "--target-shard-count", "4", "--scaling-type", "UNIFORM_SCALING")
        self.checks.equal("update-shard-count", (3, 4), (answer["CurrentShardCount"], answer["TargetShardCount"]))
        self.checks.equal("open shards", 4, self.wait_active()["OpenShardCount"])
        limits = self.aws("describe-limits")
        self.checks.true("limits", limits["OpenShardCount"] == 4 <= limits["ShardLimit"], limits)

    def wrong_requests(self):
        put = ("put-record", "--partition-key", "k", "--data", "eA==", "--explicit-hash-key")
        self.expect_error("hash key that is no number", ["ValidationException", "InvalidArgumentException"],
                          lambda: self.on_stream(*put, "abc"))
        self.expect_error("hash key too high", ["InvalidArgumentException"], lambda: self.on_stream(*put, str(HASH_KEY_MAX + 1)))
        self.expect_error("unknown shard", ["ResourceNotFoundException"],
                          lambda: self.read_shard("shardId-000000000099", "TRIM_HORIZON"))

    def delete(self):
        self.on_stream("delete-stream", "--enforce-consumer-deletion")
        self.aws("wait", "stream-not-exists", "--stream-name", self.stream)
        self.expect_error("describe after delete", ["ResourceNotFoundException"], self.summary)

    def run(self):
        print(subprocess.run([AWS, "--version"], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.strip())
        step = self.checks.step
        step("before the stream", self.before_the_stream)
        if step("create", self.create) and step("put through a split", self.put_through_a_split):
            step("list shards", self.list_shards)
            step("read back", self.read_back)
            step("consumers", self.consumers)
            step("settings of the stream", self.settings_of_the_stream)
            step("wrong requests", self.wrong_requests)
            step("delete", self.delete)
        return self.checks.end()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(Scenario(pathlib.Path(scratch)).run())
