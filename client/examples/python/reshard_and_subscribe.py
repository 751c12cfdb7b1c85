#!/usr/bin/env python3
"""Puts records, splits a shard under them, and gets everything back in order, polled and pushed.

usage: reshard_and_subscribe.py [ENDPOINT [STREAM]]          default: 127.0.0.1:7070 flights-example

Needs the packages grpc and google.protobuf, and the messages and stubs made of proto/ (README.md beside this says how).
Makes the stream, which must not exist, and deletes it in the end.
"""

import sys
import time
from collections import defaultdict

import grpc

from penstock.v1 import consumers_pb2, consumers_pb2_grpc, records_pb2, records_pb2_grpc, streams_pb2, streams_pb2_grpc

# One answer of GetRecords may have more than gRPC's default of 4 MiB.
CHANNEL_OPTIONS = [("grpc.max_receive_message_length", 16 << 20)]
CALL_SECONDS = 30
KEYS = [f"customer-{i}" for i in range(20)]


class Broker:
    """The services of one broker, and the stream that this is about."""

    def __init__(self, channel: grpc.Channel, stream: str):
        self.stream = stream
        self.streams = streams_pb2_grpc.StreamsStub(channel)
        self.records = records_pb2_grpc.RecordsStub(channel)
        self.consumers = consumers_pb2_grpc.ConsumersStub(channel)

    def wait_until_active(self) -> None:
        deadline = time.monotonic() + CALL_SECONDS
        request = streams_pb2.DescribeStreamSummaryRequest(stream_name=self.stream)
        while time.monotonic() < deadline:
            summary = self.streams.DescribeStreamSummary(request, timeout=CALL_SECONDS).summary
            if summary.stream_status == streams_pb2.STREAM_STATUS_ACTIVE:
                return
            time.sleep(0.05)
        raise TimeoutError(f"stream {self.stream} is not ACTIVE after {CALL_SECONDS} s")

    def shards(self) -> list:
        # One page has up to 1,000; next_token leads to the next.
        request = streams_pb2.ListShardsRequest(stream_name=self.stream)
        return list(self.streams.ListShards(request, timeout=CALL_SECONDS).shards)

    def put(self, values: range) -> None:
        """One record for each value and key. A record that was refused must be put again, before its followers: here
        none is, and it would be an error."""
        for value in values:
            response = self.records.PutRecords(records_pb2.PutRecordsRequest(
                stream_name=self.stream,
                records=[records_pb2.PutRecordsRequestEntry(data=str(value).encode(), partition_key=key) for key in KEYS],
            ), timeout=CALL_SECONDS)
            if response.failed_record_count:
                raise RuntimeError(next(r.error_message for r in response.records if r.error_code))

    def split(self, shard: streams_pb2.Shard) -> None:
        low = int(shard.hash_key_range.starting_hash_key)
        high = int(shard.hash_key_range.ending_hash_key)
        self.streams.SplitShard(streams_pb2.SplitShardRequest(
            stream_name=self.stream,
            shard_to_split=shard.shard_id,
            new_starting_hash_key=str(low + (high - low) // 2 + 1),
        ), timeout=CALL_SECONDS)
        self.wait_until_active()

    def open_shards(self) -> set:
        return {shard.shard_id for shard in self.shards()
                if not shard.sequence_number_range.HasField("ending_sequence_number")}

    def poll_shard(self, shard_id: str):
        """Records of a shard, of an open one up to its tip, of a closed one to its end; returns its children then."""
        is_open = shard_id in self.open_shards()
        iterator = self.records.GetShardIterator(records_pb2.GetShardIteratorRequest(
            stream_name=self.stream,
            shard_id=shard_id,
            shard_iterator_type=records_pb2.SHARD_ITERATOR_TYPE_TRIM_HORIZON,
        ), timeout=CALL_SECONDS).shard_iterator
        while iterator:
            answer = self.records.GetRecords(records_pb2.GetRecordsRequest(shard_iterator=iterator),
                                             timeout=CALL_SECONDS)
            yield from answer.records
            iterator = answer.next_shard_iterator
            if is_open and answer.records_behind_latest == 0:
                return []
        return answer.child_shards

    def subscribe_shard(self, consumer: str, shard_id: str):
        """The same, pushed to a registered consumer. Where a subscription ends after its five minutes, the next would
        begin AFTER_SEQUENCE_NUMBER of the last continuation_sequence_number."""
        is_open = shard_id in self.open_shards()
        events = self.records.SubscribeToShard(records_pb2.SubscribeToShardRequest(
            stream_name=self.stream,
            consumer_name=consumer,
            shard_id=shard_id,
            starting_position=records_pb2.SHARD_ITERATOR_TYPE_TRIM_HORIZON,
        ))
        try:
            for event in events:
                yield from event.records
                if event.child_shards:
                    return event.child_shards
                if is_open and event.records_behind_latest == 0:
                    return []
        finally:
            events.cancel()
        return []


def read_all(roots: list, read) -> dict:
    """{key: [values in the order read]}; a shard is read when all its parents have been: `read` is one of the ways above."""
    values, ended, waiting = defaultdict(list), set(), {shard: [] for shard in roots}
    while waiting:
        shard = next(s for s, parents in waiting.items() if ended.issuperset(parents))
        del waiting[shard]
        records = read(shard)
        try:
            while True:
                record = next(records)
                values[record.partition_key].append(int(record.data))
        except StopIteration as end:
            children = end.value or []
        ended.add(shard)
        # The other parent of a merged shard may have named it already.
        waiting.update({c.shard_id: list(c.parent_shards) for c in children if c.shard_id not in ended})
    return values


def await_consumer(broker: Broker, consumer: str) -> None:
    request = consumers_pb2.DescribeStreamConsumerRequest(stream_name=broker.stream, consumer_name=consumer)
    deadline = time.monotonic() + CALL_SECONDS
    while time.monotonic() < deadline:
        status = broker.consumers.DescribeStreamConsumer(request, timeout=CALL_SECONDS).consumer.consumer_status
        if status == consumers_pb2.CONSUMER_STATUS_ACTIVE:
            return
        time.sleep(0.05)
    raise TimeoutError(f"consumer {consumer} is not ACTIVE after {CALL_SECONDS} s")


def run(broker: Broker) -> None:
    broker.wait_until_active()
    roots = [shard.shard_id for shard in broker.shards()]
    broker.put(range(0, 50))
    broker.split(broker.shards()[0])
    broker.put(range(50, 100))
    print(f"put 100 values for each of {len(KEYS)} keys, and split {roots[0]} between them")

    expected = {key: list(range(100)) for key in KEYS}
    if read_all(roots, broker.poll_shard) != expected:
        raise AssertionError("polled records are missing or out of order")
    print("polled: everything came back, in order for each key")

    consumer = "example"
    broker.consumers.RegisterStreamConsumer(consumers_pb2.RegisterStreamConsumerRequest(
        stream_name=broker.stream, consumer_name=consumer), timeout=CALL_SECONDS)
    await_consumer(broker, consumer)
    if read_all(roots, lambda shard: broker.subscribe_shard(consumer, shard)) != expected:
        raise AssertionError("pushed records are missing or out of order")
    print("pushed: everything came back, in order for each key")

    lag = broker.consumers.DescribeConsumerLag(consumers_pb2.DescribeConsumerLagRequest(
        stream_name=broker.stream, consumer_name=consumer), timeout=CALL_SECONDS)
    for shard in lag.shards:
        print(f"lag of {consumer} in {shard.shard_id}: {shard.records_behind_latest} records, "
              f"{shard.millis_behind_latest} ms")
    print(f"lag of {consumer}: {lag.records_behind_latest} records")


def main(arguments: list) -> int:
    if len(arguments) > 2:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    endpoint = arguments[0] if arguments else "127.0.0.1:7070"
    stream = arguments[1] if len(arguments) > 1 else "flights-example"
    with grpc.insecure_channel(endpoint, options=CHANNEL_OPTIONS) as channel:
        broker = Broker(channel, stream)
        try:
            broker.streams.CreateStream(streams_pb2.CreateStreamRequest(stream_name=stream, shard_count=2),
                                        timeout=CALL_SECONDS, wait_for_ready=True)
            run(broker)
            broker.streams.DeleteStream(streams_pb2.DeleteStreamRequest(
                stream_name=stream, enforce_consumer_deletion=True), timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
