#!/usr/bin/env python3
"""boto3 against Penstock: all flights through a split, read back by GetRecords and by SubscribeToShard over HTTP/1.1.

Started by ../run.py, which says in the environment where the endpoint is.
"""

import datetime
import math
import pathlib
import sys
import time

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
# pylint: disable=wrong-import-position
from harness import (CLOCK_SLACK_SECONDS, EVENT_INTERVAL_SECONDS, HASH_KEY_MAX, PATIENCE_SECONDS, STREAM_ARN, Checks, Settings,
                     compare_flights, hash_of, hash_range, origin_of, wait_for)

BATCH = 500
CONSUMER = "boto3-reader"
# Safely below the 5 s after which a subscription may be taken over.
TAKEOVER_SECONDS = 4


class Scenario:

    def __init__(self):
        self.settings = Settings()
        self.checks = Checks()
        self.stream = self.settings.stream
        self.kinesis = self.client()
        self.arn = ""
        self.shards = {}  # by id, as ListShards has them after the split
        self.between_puts = None  # a time between the two halves
        self.put = {}  # sequence number: flight
        self.placed = []  # (shard id, sequence number, flight) in the order of the puts
        self.read = {}  # shard id: records of GetRecords
        self.began = time.time()

    def client(self, **credentials):
        settings = self.settings
        return boto3.client(
            "kinesis", endpoint_url=settings.endpoint, region_name=settings.region, verify=settings.ca_file,
            aws_access_key_id=credentials.get("key", settings.access_key_id),
            aws_secret_access_key=credentials.get("secret", settings.secret_access_key),
            config=Config(retries={"max_attempts": 0}, proxies={}))

    # Small helpers.

    def expect_error(self, what, names, call):
        try:
            call()
        except ClientError as error:
            found = error.response["Error"]["Code"]
            self.checks.true(what, found in names, f"expected {' or '.join(names)}, found {found}: {error}")
            self.checks.true(f"{what}: status 400", error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response)
            self.checks.true(f"{what}: message", error.response["Error"]["Message"], "expected one, found none")
        else:
            self.checks.true(what, False, f"expected {' or '.join(names)}, found none")

    def summary(self):
        return self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]

    def wait_active(self):
        return wait_for("stream is ACTIVE", lambda: (lambda s: s if s["StreamStatus"] == "ACTIVE" else None)(self.summary()))

    def shard_ids(self, **arguments):
        if "NextToken" not in arguments:
            arguments["StreamName"] = self.stream
        return [shard["ShardId"] for shard in self.kinesis.list_shards(**arguments)["Shards"]]

    def iterator(self, shard_id, position, **more):
        return self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard_id, ShardIteratorType=position,
                                               **more)["ShardIterator"]

    def read_shard(self, shard_id, position="TRIM_HORIZON", **more):
        """All records from there on, and the children of a shard that is closed."""
        records, iterator, deadline = [], self.iterator(shard_id, position, **more), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=10000)
            records += answer["Records"]
            iterator, children = answer.get("NextShardIterator"), answer.get("ChildShards", [])
            self.checks.equal(f"{shard_id}: child shards come with the end of the iterator", iterator is None, bool(children))
            if iterator is None:
                self.checks.equal(f"{shard_id}: MillisBehindLatest at its end", 0, answer["MillisBehindLatest"])
                return records, children
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                return records, []
        raise TimeoutError(f"{shard_id} is not read after {PATIENCE_SECONDS} s")

    # The parts.

    def before_the_stream(self):
        self.expect_error("describe without a stream", ["ResourceNotFoundException"], self.summary)
        self.expect_error("put without a stream", ["ResourceNotFoundException"],
                          lambda: self.kinesis.put_record(StreamName=self.stream, Data=b"x", PartitionKey="k"))
        if self.settings.signatures:
            wrong = self.client(secret="not-the-secret")
            self.expect_error("wrong secret", ["InvalidSignatureException"], wrong.list_streams)
            unknown = self.client(key="AKIDOFNOBODY00000000")
            self.expect_error("unknown key", ["UnrecognizedClientException"], unknown.list_streams)

    def create(self):
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=2)
        self.expect_error("create twice", ["ResourceInUseException"],
                          lambda: self.kinesis.create_stream(StreamName=self.stream, ShardCount=2))
        self.kinesis.get_waiter("stream_exists").wait(StreamName=self.stream, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        summary = self.wait_active()
        self.arn = summary["StreamARN"]
        matched = STREAM_ARN.fullmatch(self.arn)
        self.checks.true("ARN", matched and matched.groups()[0::2] == (self.settings.region, self.stream), self.arn)
        self.checks.equal("open shards", 2, summary["OpenShardCount"])
        self.checks.equal("retention", 24, summary["RetentionPeriodHours"])
        self.checks.equal("stream mode", "PROVISIONED", summary["StreamModeDetails"]["StreamMode"])
        created = summary["StreamCreationTimestamp"].timestamp()
        self.checks.true("time of creation", abs(created - time.time()) < PATIENCE_SECONDS, created)
        self.checks.true("stream is listed", self.stream in self.kinesis.list_streams()["StreamNames"])

    def put_flights(self, flights, open_shards):
        for first in range(0, len(flights), BATCH):
            batch = flights[first:first + BATCH]
            answer = self.kinesis.put_records(
                StreamName=self.stream,
                Records=[{"Data": flight.encode("utf-8"), "PartitionKey": origin_of(flight)} for flight in batch])
            if answer["FailedRecordCount"] != 0 or len(answer["Records"]) != len(batch):
                raise ValueError(f"expected {len(batch)} results and no failure, found {answer}")
            self.placed += [(result["ShardId"], result["SequenceNumber"], flight)
                            for result, flight in zip(answer["Records"], batch)]
        wrong = [(shard, origin_of(flight)) for shard, _, flight in self.placed[-len(flights):]
                 if shard not in open_shards or
                 not open_shards[shard][0] <= hash_of(origin_of(flight)) <= open_shards[shard][1]]
        self.checks.equal("records in a shard that is closed or has other hash keys", [], wrong[:5])

    def put_through_a_split(self):
        shards = self.kinesis.list_shards(StreamName=self.stream)["Shards"]
        self.checks.equal("hash ranges", [(0, 2**127 - 1), (2**127, HASH_KEY_MAX)], [hash_range(shard) for shard in shards])
        half = len(self.settings.flights) // 2
        self.put_flights(self.settings.flights[:half], {shard["ShardId"]: hash_range(shard) for shard in shards})

        # botocore sends times in whole seconds.
        self.between_puts = datetime.datetime.fromtimestamp(math.floor(time.time()) + 1, datetime.timezone.utc)
        wait_for("the clock is past that second", lambda: time.time() > self.between_puts.timestamp())

        self.kinesis.split_shard(StreamName=self.stream, ShardToSplit=shards[0]["ShardId"], NewStartingHashKey=str(2**126))
        self.checks.equal("open shards after the split", 3, self.wait_active()["OpenShardCount"])
        self.shards = {shard["ShardId"]: shard for shard in self.kinesis.list_shards(StreamName=self.stream)["Shards"]}
        self.put_flights(self.settings.flights[half:], {
            shard_id: hash_range(shard) for shard_id, shard in self.shards.items()
            if "EndingSequenceNumber" not in shard["SequenceNumberRange"]})
        self.put = {sequence: flight for _, sequence, flight in self.placed}
        self.checks.equal("sequence numbers are unique", len(self.settings.flights), len(self.put))

    def list_shards(self):
        ids = sorted(self.shards)
        self.checks.equal("number of shards", 4, len(ids))
        parent, other, low, high = (self.shards[shard_id] for shard_id in ids)
        self.checks.true("the parent is closed", "EndingSequenceNumber" in parent["SequenceNumberRange"])
        self.checks.equal("parents of the children", [parent["ShardId"]] * 2, [low["ParentShardId"], high["ParentShardId"]])
        self.checks.equal("ranges of the children", [(0, 2**126 - 1), (2**126, 2**127 - 1)], [hash_range(low), hash_range(high)])
        for shard in (other, low, high):
            self.checks.true(f"{shard['ShardId']} is open", "EndingSequenceNumber" not in shard["SequenceNumberRange"])

        def filtered(kind, **more):
            return sorted(self.shard_ids(ShardFilter={"Type": kind, **more}))
        self.checks.equal("AT_LATEST", ids[1:], filtered("AT_LATEST"))
        self.checks.equal("AT_TRIM_HORIZON", ids[:2], filtered("AT_TRIM_HORIZON"))
        self.checks.equal("FROM_TRIM_HORIZON", ids, filtered("FROM_TRIM_HORIZON"))
        self.checks.equal("AFTER_SHARD_ID", ids[2:], filtered("AFTER_SHARD_ID", ShardId=ids[1]))
        self.checks.equal("AT_TIMESTAMP", ids[:2], filtered("AT_TIMESTAMP", Timestamp=self.between_puts))
        self.checks.equal("FROM_TIMESTAMP", ids, filtered("FROM_TIMESTAMP", Timestamp=self.between_puts))
        self.checks.equal("ExclusiveStartShardId", ids[3:], self.shard_ids(ExclusiveStartShardId=ids[2]))

        # Not through botocore's paginator: it sends the name beside the token, which AWS refuses.
        page, pages = self.kinesis.list_shards(StreamName=self.stream, MaxResults=1), []
        token = page["NextToken"]
        self.expect_error("token and name", ["InvalidArgumentException"],
                          lambda: self.kinesis.list_shards(StreamName=self.stream, NextToken=token))
        pages.append([shard["ShardId"] for shard in page["Shards"]])
        while "NextToken" in page and len(pages) <= len(ids):
            page = self.kinesis.list_shards(NextToken=page["NextToken"], MaxResults=1)
            pages.append([shard["ShardId"] for shard in page["Shards"]])
        self.checks.equal("pages of one shard", [[shard_id] for shard_id in ids], pages)

        description = self.kinesis.describe_stream(StreamName=self.stream, Limit=1)["StreamDescription"]
        self.checks.equal("HasMoreShards of the first page", True, description["HasMoreShards"])
        described = self.kinesis.get_paginator("describe_stream").paginate(StreamName=self.stream,
                                                                           PaginationConfig={"PageSize": 2})
        self.checks.equal("shards described page by page", ids,
                          [shard["ShardId"] for page in described for shard in page["StreamDescription"]["Shards"]])

    def read_back(self):
        """Parents before children, as their answers name them."""
        pending = sorted(shard_id for shard_id, shard in self.shards.items() if "ParentShardId" not in shard)
        order = []
        while pending:
            shard_id = pending.pop(0)
            records, children = self.read_shard(shard_id)
            self.read[shard_id] = records
            order += records
            closed = "EndingSequenceNumber" in self.shards[shard_id]["SequenceNumberRange"]
            self.checks.equal(f"{shard_id}: children at its end", closed, bool(children))
            for child in children:
                self.checks.equal("ParentShards of a child", [shard_id], child["ParentShards"])
                self.checks.equal("HashKeyRange of a child", self.shards[child["ShardId"]]["HashKeyRange"], child["HashKeyRange"])
                pending.append(child["ShardId"])
        self.checks.equal("shards reached", sorted(self.shards), sorted(self.read))
        compare_flights(self.checks, self.settings.flights, [(record["PartitionKey"], record["Data"]) for record in order])

        for shard_id, records in self.read.items():
            numbers = [int(record["SequenceNumber"]) for record in records]
            self.checks.true(f"{shard_id}: sequence numbers rise", all(a < b for a, b in zip(numbers, numbers[1:])))
            limits = self.shards[shard_id]["SequenceNumberRange"]
            self.checks.true(f"{shard_id}: sequence numbers in its range",
                             int(limits["StartingSequenceNumber"]) <= numbers[0] and
                             numbers[-1] <= int(limits.get("EndingSequenceNumber", numbers[-1])), limits)
            put = [sequence for placed_in, sequence, _ in self.placed if placed_in == shard_id]
            self.checks.true(f"{shard_id}: holds what the answers to the puts said",
                             sorted(put, key=int) == [record["SequenceNumber"] for record in records])
        self.checks.true("each record has the number that its put was given",
                         all(self.put.get(record["SequenceNumber"]) == record["Data"].decode("utf-8") for record in order))
        arrivals = [record["ApproximateArrivalTimestamp"].timestamp() for record in order]
        self.checks.true("arrival times are within the run",
                         self.began - CLOCK_SLACK_SECONDS <= min(arrivals) and max(arrivals) <= time.time() + CLOCK_SLACK_SECONDS,
                         f"expected {self.began} to {time.time()}, found {min(arrivals)} to {max(arrivals)}")

    def read_from_positions(self):
        parent, other = sorted(self.shards)[:2]
        records = self.read[other]
        middle = len(records) // 2
        at, _ = self.read_shard(other, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=records[middle]["SequenceNumber"])
        self.checks.equal("AT_SEQUENCE_NUMBER", records[middle:], at)
        after, _ = self.read_shard(other, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=records[middle]["SequenceNumber"])
        self.checks.equal("AFTER_SEQUENCE_NUMBER", records[middle + 1:], after)

        later = [record for record in records if record["ApproximateArrivalTimestamp"] >= self.between_puts]
        half = len(self.settings.flights) // 2
        expected = [sequence for placed_in, sequence, _ in self.placed[half:] if placed_in == other]
        self.checks.true("the second half arrived later", sorted(expected, key=int) == [r["SequenceNumber"] for r in later])
        found, _ = self.read_shard(other, "AT_TIMESTAMP", Timestamp=self.between_puts)
        self.checks.equal("AT_TIMESTAMP", [r["SequenceNumber"] for r in later], [r["SequenceNumber"] for r in found])
        found, children = self.read_shard(parent, "AT_TIMESTAMP", Timestamp=self.between_puts)
        self.checks.equal("AT_TIMESTAMP in the parent", (0, 2), (len(found), len(children)))

        found, children = self.read_shard(parent, "LATEST")
        self.checks.equal("LATEST in the parent", (0, 2), (len(found), len(children)))
        self.checks.equal("LATEST", [], self.read_shard(other, "LATEST")[0])
        iterator = self.iterator(other, "TRIM_HORIZON")
        once, twice = (self.kinesis.get_records(ShardIterator=iterator, Limit=10)["Records"] for _ in range(2))
        self.checks.equal("an iterator used twice", (10, once), (len(once), twice))

        data = bytes(range(256))
        first = self.kinesis.put_record(StreamName=self.stream, Data=data, PartitionKey="é€😀", ExplicitHashKey=str(HASH_KEY_MAX))
        second = self.kinesis.put_record(StreamName=self.stream, Data=b"second", PartitionKey="k", ExplicitHashKey=str(HASH_KEY_MAX),
                                         SequenceNumberForOrdering=first["SequenceNumber"])
        self.checks.equal("shard of the highest hash key", [other] * 2, [first["ShardId"], second["ShardId"]])
        self.checks.true("the number rises", int(second["SequenceNumber"]) > int(first["SequenceNumber"]), (first, second))
        found, _ = self.read_shard(other, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"])
        self.checks.equal("what PutRecord put", [("é€😀", data), ("k", b"second")], [(r["PartitionKey"], r["Data"]) for r in found])
        self.read[other] += found

    def subscribe(self):
        consumer = self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName=CONSUMER)["Consumer"]
        arn = consumer["ConsumerARN"]
        self.checks.true("consumer ARN", arn.startswith(f"{self.arn}/consumer/{CONSUMER}:"), arn)
        self.expect_error("register twice", ["ResourceInUseException"],
                          lambda: self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName=CONSUMER))
        wait_for("consumer is ACTIVE", lambda: self.kinesis.describe_stream_consumer(
            ConsumerARN=arn)["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
        listed = self.kinesis.list_stream_consumers(StreamARN=self.arn)["Consumers"]
        self.checks.equal("consumers listed", [CONSUMER], [entry["ConsumerName"] for entry in listed])
        self.checks.equal("ConsumerCount", 1, self.summary()["ConsumerCount"])
        for shard_id in sorted(self.shards):
            self.checks.step(f"  subscribe to {shard_id}", lambda shard_id=shard_id: self.subscribe_to(arn, shard_id))
        self.kinesis.deregister_stream_consumer(ConsumerARN=arn)
        wait_for("consumer is gone", lambda: self.consumer_is_gone(arn))

    def consumer_is_gone(self, arn):
        try:
            self.kinesis.describe_stream_consumer(ConsumerARN=arn)
        except self.kinesis.exceptions.ResourceNotFoundException:
            return True
        return False

    def subscribe_to(self, arn, shard_id):
        closed = "EndingSequenceNumber" in self.shards[shard_id]["SequenceNumberRange"]
        subscribed = time.monotonic()
        answer = self.kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=shard_id, StartingPosition={"Type": "TRIM_HORIZON"})
        records, event, caught_up = [], None, None
        try:
            for entry in answer["EventStream"]:
                event = entry["SubscribeToShardEvent"]
                records += event["Records"]
                if time.monotonic() - subscribed > PATIENCE_SECONDS:
                    raise TimeoutError(f"{len(records)} of {len(self.read[shard_id])} records after {PATIENCE_SECONDS} s, "
                                       f"the last event: {dict(event, Records=len(event['Records']))}")
                if closed:
                    continue
                self.checks.true(f"{shard_id}: continuation", event.get("ContinuationSequenceNumber"), event)
                if caught_up is not None:
                    break
                if len(records) >= len(self.read[shard_id]) and event["MillisBehindLatest"] == 0:
                    if time.monotonic() - subscribed < TAKEOVER_SECONDS:
                        self.expect_error(f"{shard_id}: subscribe again at once", ["ResourceInUseException"], lambda: (
                            self.kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=shard_id, StartingPosition={"Type": "LATEST"})))
                    caught_up = time.monotonic()
        finally:
            answer["EventStream"].close()
        self.checks.equal(f"{shard_id}: as GetRecords read it", [(r["SequenceNumber"], r["PartitionKey"], r["Data"])
                                                                for r in self.read[shard_id]],
                          [(r["SequenceNumber"], r["PartitionKey"], r["Data"]) for r in records])
        if closed:
            self.checks.equal(f"{shard_id}: children in the last event", 2, len(event.get("ChildShards", [])))
            self.checks.true(f"{shard_id}: no continuation at its end", not event.get("ContinuationSequenceNumber"), event)
        elif caught_up is None:
            raise ValueError("the stream of events ended before it had caught up")
        else:
            waited = time.monotonic() - caught_up
            self.checks.true(f"{shard_id}: an event at least every 5 s", waited <= EVENT_INTERVAL_SECONDS, f"{waited:.1f} s")

    def settings_of_the_stream(self):
        for hours in (24, 48, 48):
            self.kinesis.increase_stream_retention_period(StreamName=self.stream, RetentionPeriodHours=hours)
            self.checks.equal("retention after increase", hours, self.wait_active()["RetentionPeriodHours"])
        self.expect_error("increase to less", ["InvalidArgumentException"], lambda: (
            self.kinesis.increase_stream_retention_period(StreamName=self.stream, RetentionPeriodHours=47)))
        for hours in (24, 24):
            self.kinesis.decrease_stream_retention_period(StreamName=self.stream, RetentionPeriodHours=hours)
            self.checks.equal("retention after decrease", hours, self.wait_active()["RetentionPeriodHours"])

        self.kinesis.add_tags_to_stream(StreamName=self.stream, Tags={"team": "data", "note": "a b=c"})
        tags = self.kinesis.list_tags_for_stream(StreamName=self.stream)
        self.checks.equal("tags", {"team": "data", "note": "a b=c"}, {tag["Key"]: tag["Value"] for tag in tags["Tags"]})
        self.checks.equal("HasMoreTags", False, tags["HasMoreTags"])
        self.kinesis.remove_tags_from_stream(StreamName=self.stream, TagKeys=["note"])
        tags = self.kinesis.list_tags_for_stream(StreamName=self.stream)["Tags"]
        self.checks.equal("tags after removal", [{"Key": "team", "Value": "data"}], tags)

        answer = self.kinesis.update_shard_count(StreamName=self.stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        self.checks.equal("UpdateShardCount", (self.stream, 3, 4),
                          (answer["StreamName"], answer["CurrentShardCount"], answer["TargetShardCount"]))
        self.checks.equal("open shards after UpdateShardCount", 4, self.wait_active()["OpenShardCount"])
        limits = self.kinesis.describe_limits()
        self.checks.true("DescribeLimits", limits["OpenShardCount"] == 4 <= limits["ShardLimit"], limits)

    def wrong_requests(self):
        invalid = ["ValidationException", "InvalidArgumentException"]

        def put(**more):
            return lambda: self.kinesis.put_record(**{"StreamName": self.stream, "Data": b"x", "PartitionKey": "k", **more})
        self.expect_error("hash key that is no number", invalid, put(ExplicitHashKey="abc"))
        self.expect_error("hash key too high", ["InvalidArgumentException"], put(ExplicitHashKey=str(HASH_KEY_MAX + 1)))
        self.expect_error("partition key too long", ["ValidationException"], put(PartitionKey="k" * 257))
        self.expect_error("record too large", invalid, put(Data=b"x" * (2**20 + 1)))
        self.expect_error("unknown shard", ["ResourceNotFoundException"], lambda: self.iterator("shardId-000000000099", "LATEST"))
        self.expect_error("broken iterator", ["InvalidArgumentException"],
                          lambda: self.kinesis.get_records(ShardIterator="no-iterator"))
        self.expect_error("iterator type that is none", ["ValidationException"],
                          lambda: self.iterator(sorted(self.shards)[1], "SOMEWHERE"))
        self.expect_error("split of a closed shard", ["InvalidArgumentException", "ResourceInUseException"],
                          lambda: self.kinesis.split_shard(StreamName=self.stream, ShardToSplit=sorted(self.shards)[0],
                                                           NewStartingHashKey=str(2**126)))

    def delete(self):
        self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName="left-behind")
        self.expect_error("delete with a consumer", ["ResourceInUseException"],
                          lambda: self.kinesis.delete_stream(StreamName=self.stream))
        self.kinesis.delete_stream(StreamName=self.stream, EnforceConsumerDeletion=True)
        self.kinesis.get_waiter("stream_not_exists").wait(StreamName=self.stream, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        self.expect_error("describe after delete", ["ResourceNotFoundException"], self.summary)
        self.checks.true("the stream is not listed", self.stream not in self.kinesis.list_streams()["StreamNames"])

    def run(self):
        print(f"boto3 {boto3.__version__}, botocore {botocore.__version__}, Python {sys.version.split()[0]}")
        step = self.checks.step
        step("before the stream", self.before_the_stream)
        if step("create", self.create) and step("put through a split", self.put_through_a_split):
            step("list shards", self.list_shards)
            if step("read back", self.read_back):
                step("read from positions", self.read_from_positions)
                step("subscribe", self.subscribe)
            step("settings of the stream", self.settings_of_the_stream)
            step("wrong requests", self.wrong_requests)
            step("delete", self.delete)
        return self.checks.end()


if __name__ == "__main__":
    sys.exit(Scenario().run())
