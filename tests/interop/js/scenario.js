// The AWS SDK for JavaScript v3 against Penstock: all flights through a split, read back by GetRecords and by SubscribeToShard.
// The SDK speaks HTTP/2 here, over TLS by ALPN and on http:// by prior knowledge, with a session of its own for each request.
//
// Started by ../run.py, which says in the environment where the endpoint is; a CA comes through NODE_EXTRA_CA_CERTS.

import { createRequire } from "node:module";
import { Kinesis } from "@aws-sdk/client-kinesis";
import {
  CLOCK_SLACK_MS, Checks, EVENT_INTERVAL_MS, HASH_KEY_MAX, PATIENCE_MS, compareFlights, hashOf, hashRange, isClosed, originOf,
  settings as readSettings, text, waitFor,
} from "./harness.js";

const BATCH = 500;
const CONSUMER = "js-reader";
// Safely below the 5 s after which a subscription may be taken over.
const TAKEOVER_MS = 4_000;
const HALF = 2n ** 127n;

const settings = readSettings();
const checks = new Checks();
const StreamName = settings.stream;

const client = (credentials = {}) => new Kinesis({
  endpoint: settings.endpoint,
  region: settings.region,
  credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey, ...credentials },
  maxAttempts: 1,
});
const kinesis = client();

const began = Date.now();
let streamArn = "";
let shards = new Map(); // by id, as ListShards has them after the split
let betweenPuts; // a time between the two halves, in milliseconds
const placed = []; // { shardId, sequence, flight } in the order of the puts
const read = new Map(); // shard id: records of GetRecords

const expectError = async (what, names, call) => {
  try {
    await call();
  } catch (error) {
    checks.true(what, names.includes(error.name), `expected ${names.join(" or ")}, found ${error.name}: ${error.message}`);
    checks.equal(`${what}: status`, 400, error.$metadata?.httpStatusCode);
    checks.true(`${what}: message and request id`, error.message && error.$metadata?.requestId, "expected both");
    return;
  }
  checks.true(what, false, `expected ${names.join(" or ")}, found none`);
};

const summary = async () => (await kinesis.describeStreamSummary({ StreamName })).StreamDescriptionSummary;
const waitActive = () => waitFor("stream is ACTIVE", async () => {
  const found = await summary();
  return found.StreamStatus === "ACTIVE" ? found : null;
});
const shardIds = () => [...shards.keys()].sort();
const iterator = async (shardId, type, more = {}) =>
  (await kinesis.getShardIterator({ StreamName, ShardId: shardId, ShardIteratorType: type, ...more })).ShardIterator;

// All records from there on, and the children of a shard that is closed.
const readShard = async (shardId, type = "TRIM_HORIZON", more = {}) => {
  const records = [];
  const deadline = Date.now() + PATIENCE_MS;
  let ShardIterator = await iterator(shardId, type, more);
  while (Date.now() < deadline) {
    const answer = await kinesis.getRecords({ ShardIterator, Limit: 10_000 });
    records.push(...answer.Records);
    ShardIterator = answer.NextShardIterator;
    const children = answer.ChildShards ?? [];
    checks.equal(`${shardId}: child shards come with the end of the iterator`, !ShardIterator, children.length > 0);
    if (!ShardIterator) {
      checks.equal(`${shardId}: MillisBehindLatest at its end`, 0, answer.MillisBehindLatest);
      return [records, children];
    }
    if (answer.Records.length === 0 && answer.MillisBehindLatest === 0) return [records, []];
  }
  throw new Error(`${shardId} is not read after ${PATIENCE_MS} ms`);
};

const numbers = (records) => records.map((record) => record.SequenceNumber);
const bySize = (a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);

const beforeTheStream = async () => {
  await expectError("describe without a stream", ["ResourceNotFoundException"], summary);
  await expectError("put without a stream", ["ResourceNotFoundException"],
    () => kinesis.putRecord({ StreamName, Data: Buffer.from("x"), PartitionKey: "k" }));
  if (!settings.signatures) return;
  await expectError("wrong secret", ["InvalidSignatureException"],
    () => client({ secretAccessKey: "not-the-secret" }).listStreams({}));
  await expectError("unknown key", ["UnrecognizedClientException"],
    () => client({ accessKeyId: "AKIDOFNOBODY00000000" }).listStreams({}));
};

const create = async () => {
  await kinesis.createStream({ StreamName, ShardCount: 2 });
  await expectError("create twice", ["ResourceInUseException"], () => kinesis.createStream({ StreamName, ShardCount: 2 }));
  const found = await waitActive();
  streamArn = found.StreamARN;
  const [, region, , name] = /^arn:aws:kinesis:([a-z0-9-]+):(\d{12}):stream\/(.+)$/.exec(streamArn) ?? [];
  checks.equal("region and name in the ARN", [settings.region, StreamName], [region, name]);
  checks.equal("open shards, retention", [2, 24], [found.OpenShardCount, found.RetentionPeriodHours]);
  checks.equal("no StreamId, which would send clients elsewhere", undefined, found.StreamId);
  checks.true("time of creation", Math.abs(found.StreamCreationTimestamp - Date.now()) < PATIENCE_MS, found.StreamCreationTimestamp);
  checks.true("stream is listed", (await kinesis.listStreams({})).StreamNames.includes(StreamName));
  checks.equal("summary by ARN", streamArn,
    (await kinesis.describeStreamSummary({ StreamARN: streamArn })).StreamDescriptionSummary.StreamARN);
};

const putFlights = async (flights, open) => {
  const misplaced = [];
  for (let first = 0; first < flights.length; first += BATCH) {
    const batch = flights.slice(first, first + BATCH);
    const answer = await kinesis.putRecords({
      StreamName,
      Records: batch.map((flight) => ({ Data: Buffer.from(flight), PartitionKey: originOf(flight) })),
    });
    if (answer.FailedRecordCount !== 0 || answer.Records.length !== batch.length)
      throw new Error(`expected ${batch.length} results and no failure, found ${answer.Records.length}, ${answer.FailedRecordCount}`);
    answer.Records.forEach(({ ShardId, SequenceNumber }, i) => {
      placed.push({ shardId: ShardId, sequence: SequenceNumber, flight: batch[i] });
      const [begin, last] = open.get(ShardId) ?? [1n, 0n];
      const hash = hashOf(originOf(batch[i]));
      if (hash < begin || hash > last) misplaced.push(ShardId);
    });
  }
  checks.equal("records in a shard that is closed or has other hash keys", [], misplaced.slice(0, 5));
};

const putThroughASplit = async () => {
  const first = (await kinesis.listShards({ StreamName })).Shards;
  checks.equal("hash ranges", [[0n, HALF - 1n], [HALF, HASH_KEY_MAX]], first.map(hashRange));
  const half = Math.floor(settings.flights.length / 2);
  await putFlights(settings.flights.slice(0, half), new Map(first.map((shard) => [shard.ShardId, hashRange(shard)])));

  // A millisecond that no put is of.
  const putUntil = Date.now();
  await waitFor("the clock has moved on", () => Date.now() > putUntil);
  betweenPuts = Date.now();
  await waitFor("the clock has moved on", () => Date.now() > betweenPuts);

  await kinesis.splitShard({ StreamName, ShardToSplit: first[0].ShardId, NewStartingHashKey: String(2n ** 126n) });
  checks.equal("open shards after the split", 3, (await waitActive()).OpenShardCount);
  shards = new Map((await kinesis.listShards({ StreamName })).Shards.map((shard) => [shard.ShardId, shard]));
  const open = [...shards.values()].filter((shard) => !isClosed(shard));
  await putFlights(settings.flights.slice(half), new Map(open.map((shard) => [shard.ShardId, hashRange(shard)])));
  checks.equal("different sequence numbers", settings.flights.length, new Set(placed.map(({ sequence }) => sequence)).size);
};

const listShards = async () => {
  const ids = shardIds();
  checks.equal("number of shards", 4, ids.length);
  const [parent, , low, high] = ids.map((id) => shards.get(id));
  checks.equal("closed shards", [true, false, false, false], ids.map((id) => isClosed(shards.get(id))));
  checks.equal("parents of the children", [parent.ShardId, parent.ShardId], [low.ParentShardId, high.ParentShardId]);
  checks.equal("ranges of the children", [[0n, HALF / 2n - 1n], [HALF / 2n, HALF - 1n]], [hashRange(low), hashRange(high)]);

  const filtered = async (Type, more = {}) =>
    (await kinesis.listShards({ StreamName, ShardFilter: { Type, ...more } })).Shards.map((shard) => shard.ShardId).sort();
  const Timestamp = new Date(betweenPuts);
  checks.equal("AT_LATEST", ids.slice(1), await filtered("AT_LATEST"));
  checks.equal("AT_TRIM_HORIZON", ids.slice(0, 2), await filtered("AT_TRIM_HORIZON"));
  checks.equal("FROM_TRIM_HORIZON", ids, await filtered("FROM_TRIM_HORIZON"));
  checks.equal("AFTER_SHARD_ID", ids.slice(2), await filtered("AFTER_SHARD_ID", { ShardId: ids[1] }));
  checks.equal("AT_TIMESTAMP", ids.slice(0, 2), await filtered("AT_TIMESTAMP", { Timestamp }));
  checks.equal("FROM_TIMESTAMP", ids, await filtered("FROM_TIMESTAMP", { Timestamp }));

  let page = await kinesis.listShards({ StreamName, MaxResults: 1 });
  const { NextToken } = page;
  const pages = [page.Shards.map((shard) => shard.ShardId)];
  while (page.NextToken && pages.length <= ids.length) {
    page = await kinesis.listShards({ NextToken: page.NextToken, MaxResults: 1 });
    pages.push(page.Shards.map((shard) => shard.ShardId));
  }
  checks.equal("pages of one shard", ids.map((id) => [id]), pages);
  await expectError("token and name", ["InvalidArgumentException"], () => kinesis.listShards({ StreamName, NextToken }));

  const { StreamDescription } = await kinesis.describeStream({ StreamName, Limit: 3 });
  checks.equal("DescribeStream, page of 3", [3, true], [StreamDescription.Shards.length, StreamDescription.HasMoreShards]);
  const rest = await kinesis.describeStream({ StreamName, ExclusiveStartShardId: ids[2] });
  checks.equal("DescribeStream, the rest", [ids[3], false],
    [rest.StreamDescription.Shards[0]?.ShardId, rest.StreamDescription.HasMoreShards]);
};

// Parents before children, as their answers name them.
const readBack = async () => {
  const pending = shardIds().filter((id) => !shards.get(id).ParentShardId);
  const order = [];
  while (pending.length > 0) {
    const id = pending.shift();
    const [records, children] = await readShard(id);
    read.set(id, records);
    order.push(...records);
    checks.equal(`${id}: children at its end`, isClosed(shards.get(id)), children.length > 0);
    for (const child of children) {
      checks.equal("ParentShards of a child", [id], child.ParentShards);
      checks.equal("HashKeyRange of a child", shards.get(child.ShardId).HashKeyRange, child.HashKeyRange);
      pending.push(child.ShardId);
    }
  }
  checks.equal("shards reached", shardIds(), [...read.keys()].sort());
  compareFlights(checks, settings.flights, order);

  for (const [id, records] of read) {
    const found = numbers(records);
    checks.true(`${id}: sequence numbers are decimal and rise`,
      found.every((number, i) => /^[1-9]\d*$/.test(number) && (i === 0 || BigInt(found[i - 1]) < BigInt(number))));
    const put = placed.filter(({ shardId }) => shardId === id).map(({ sequence }) => sequence);
    checks.true(`${id}: holds what the answers to the puts said`, String(put.sort(bySize)) === String(found));
  }
  const put = new Map(placed.map(({ sequence, flight }) => [sequence, flight]));
  checks.true("each record has the number that its put was given",
    order.every((record) => put.get(record.SequenceNumber) === text(record.Data)));
  const arrivals = order.map((record) => record.ApproximateArrivalTimestamp.getTime());
  checks.true("arrival times are within the run",
    arrivals.every((time) => time >= began - CLOCK_SLACK_MS && time <= Date.now() + CLOCK_SLACK_MS),
    `expected ${began} to ${Date.now()}, found ${arrivals[0]} to ${arrivals.at(-1)}`);
};

const readFromPositions = async () => {
  const [parent, other] = shardIds();
  const records = read.get(other);
  const middle = Math.floor(records.length / 2);
  const StartingSequenceNumber = records[middle].SequenceNumber;
  const [at] = await readShard(other, "AT_SEQUENCE_NUMBER", { StartingSequenceNumber });
  checks.true("AT_SEQUENCE_NUMBER", String(numbers(at)) === String(numbers(records.slice(middle))), `${at.length} records`);
  const [after] = await readShard(other, "AFTER_SEQUENCE_NUMBER", { StartingSequenceNumber });
  checks.true("AFTER_SEQUENCE_NUMBER", String(numbers(after)) === String(numbers(records.slice(middle + 1))), `${after.length} records`);

  const Timestamp = new Date(betweenPuts);
  const second = placed.slice(Math.floor(settings.flights.length / 2)).filter(({ shardId }) => shardId === other);
  const [later] = await readShard(other, "AT_TIMESTAMP", { Timestamp });
  checks.true("AT_TIMESTAMP gives the second half", String(second.map(({ sequence }) => sequence).sort(bySize)) === String(numbers(later)),
    `expected ${second.length} records, found ${later.length}`);
  const [none, children] = await readShard(parent, "AT_TIMESTAMP", { Timestamp });
  checks.equal("AT_TIMESTAMP in the parent", [0, 2], [none.length, children.length]);

  const [nothing, atEnd] = await readShard(parent, "LATEST");
  checks.equal("LATEST in the parent", [0, 2], [nothing.length, atEnd.length]);
  checks.equal("LATEST", 0, (await readShard(other, "LATEST"))[0].length);
  const ShardIterator = await iterator(other, "TRIM_HORIZON");
  const once = await kinesis.getRecords({ ShardIterator, Limit: 10 });
  const twice = await kinesis.getRecords({ ShardIterator, Limit: 10 });
  checks.equal("an iterator used twice", [10, numbers(once.Records)], [once.Records.length, numbers(twice.Records)]);

  const Data = Uint8Array.from({ length: 256 }, (_, i) => i);
  const ExplicitHashKey = String(HASH_KEY_MAX);
  const first = await kinesis.putRecord({ StreamName, Data, PartitionKey: "é€😀", ExplicitHashKey });
  const next = await kinesis.putRecord({
    StreamName, Data: Buffer.from("second"), PartitionKey: "k", ExplicitHashKey, SequenceNumberForOrdering: first.SequenceNumber,
  });
  checks.equal("shard of the highest hash key", [other, other], [first.ShardId, next.ShardId]);
  checks.true("the number rises", BigInt(next.SequenceNumber) > BigInt(first.SequenceNumber));
  const [found] = await readShard(other, "AT_SEQUENCE_NUMBER", { StartingSequenceNumber: first.SequenceNumber });
  checks.equal("what PutRecord put", [["é€😀", Buffer.from(Data).toString("hex")], ["k", Buffer.from("second").toString("hex")]],
    found.map((record) => [record.PartitionKey, Buffer.from(record.Data).toString("hex")]));
  read.set(other, [...records, ...found]);
};

const subscribeTo = async (ConsumerARN, ShardId) => {
  const closed = isClosed(shards.get(ShardId));
  const expected = read.get(ShardId);
  const subscribed = Date.now();
  const answer = await kinesis.subscribeToShard({ ConsumerARN, ShardId, StartingPosition: { Type: "TRIM_HORIZON" } });
  const records = [];
  let last;
  let caughtUp;
  for await (const { SubscribeToShardEvent: event } of answer.EventStream) {
    last = event;
    records.push(...event.Records);
    if (Date.now() - subscribed > PATIENCE_MS) return; // the step has been given up
    if (closed) continue;
    checks.true(`${ShardId}: continuation`, event.ContinuationSequenceNumber);
    if (caughtUp) break;
    if (records.length >= expected.length && event.MillisBehindLatest === 0) {
      if (Date.now() - subscribed < TAKEOVER_MS) {
        await expectError(`${ShardId}: subscribe again at once`, ["ResourceInUseException"],
          () => kinesis.subscribeToShard({ ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } }));
      }
      caughtUp = Date.now();
    }
  }
  checks.true(`${ShardId}: as GetRecords read it`,
    records.length === expected.length && records.every((record, i) => record.SequenceNumber === expected[i].SequenceNumber &&
      record.PartitionKey === expected[i].PartitionKey && Buffer.compare(record.Data, expected[i].Data) === 0),
    `expected ${expected.length} records, found ${records.length}`);
  if (closed) {
    checks.equal(`${ShardId}: children in the last event`, 2, last?.ChildShards?.length);
    checks.true(`${ShardId}: no continuation at its end`, !last?.ContinuationSequenceNumber, last?.ContinuationSequenceNumber);
  } else if (!caughtUp) {
    throw new Error("the stream of events ended before it had caught up");
  } else {
    const waited = Date.now() - caughtUp;
    checks.true(`${ShardId}: an event at least every 5 s`, waited <= EVENT_INTERVAL_MS, `${waited} ms`);
  }
};

const subscribe = async () => {
  const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN: streamArn, ConsumerName: CONSUMER });
  const { ConsumerARN } = Consumer;
  checks.true("consumer ARN", ConsumerARN.startsWith(`${streamArn}/consumer/${CONSUMER}:`), ConsumerARN);
  await expectError("register twice", ["ResourceInUseException"],
    () => kinesis.registerStreamConsumer({ StreamARN: streamArn, ConsumerName: CONSUMER }));
  await waitFor("consumer is ACTIVE", async () =>
    (await kinesis.describeStreamConsumer({ ConsumerARN })).ConsumerDescription.ConsumerStatus === "ACTIVE");
  const { Consumers } = await kinesis.listStreamConsumers({ StreamARN: streamArn });
  checks.equal("consumers listed", [CONSUMER], Consumers.map((consumer) => consumer.ConsumerName));
  checks.equal("ConsumerCount", 1, (await summary()).ConsumerCount);
  for (const id of shardIds()) await checks.step(`  subscribe to ${id}`, () => subscribeTo(ConsumerARN, id), PATIENCE_MS);
  await kinesis.deregisterStreamConsumer({ ConsumerARN });
  await waitFor("consumer is gone", () => kinesis.describeStreamConsumer({ ConsumerARN }).then(() => false, (error) => {
    if (error.name === "ResourceNotFoundException") return true;
    throw error;
  }));
};

const settingsOfTheStream = async () => {
  for (const RetentionPeriodHours of [24, 48, 48]) {
    await kinesis.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours });
    checks.equal("retention after increase", RetentionPeriodHours, (await waitActive()).RetentionPeriodHours);
  }
  await expectError("increase to less", ["InvalidArgumentException"],
    () => kinesis.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 47 }));
  for (const RetentionPeriodHours of [24, 24]) {
    await kinesis.decreaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours });
    checks.equal("retention after decrease", RetentionPeriodHours, (await waitActive()).RetentionPeriodHours);
  }

  const tags = async () => Object.fromEntries((await kinesis.listTagsForStream({ StreamName })).Tags.map((tag) => [tag.Key, tag.Value]));
  await kinesis.addTagsToStream({ StreamName, Tags: { team: "data", note: "a b=c" } });
  checks.equal("tags", { team: "data", note: "a b=c" }, await tags().then((found) => ({ team: found.team, note: found.note })));
  await kinesis.removeTagsFromStream({ StreamName, TagKeys: ["note"] });
  checks.equal("tags after removal", { team: "data" }, await tags());
  await kinesis.tagResource({ ResourceARN: streamArn, Tags: { stage: "test" } });
  const { Tags } = await kinesis.listTagsForResource({ ResourceARN: streamArn });
  checks.equal("tags of the resource", [["stage", "test"], ["team", "data"]], Tags.map((tag) => [tag.Key, tag.Value]).sort());
  await kinesis.untagResource({ ResourceARN: streamArn, TagKeys: ["stage"] });
  checks.equal("tags after untagging", { team: "data" }, await tags());

  const answer = await kinesis.updateShardCount({ StreamName, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" });
  checks.equal("UpdateShardCount", [StreamName, 3, 4], [answer.StreamName, answer.CurrentShardCount, answer.TargetShardCount]);
  checks.equal("open shards after UpdateShardCount", 4, (await waitActive()).OpenShardCount);
  const limits = await kinesis.describeLimits({});
  checks.true("DescribeLimits", limits.OpenShardCount === 4 && limits.ShardLimit >= 4, JSON.stringify(limits));
};

const wrongRequests = async () => {
  const invalid = ["ValidationException", "InvalidArgumentException"];
  const put = (more) => () => kinesis.putRecord({ StreamName, Data: Buffer.from("x"), PartitionKey: "k", ...more });
  await expectError("hash key that is no number", invalid, put({ ExplicitHashKey: "abc" }));
  await expectError("hash key too high", ["InvalidArgumentException"], put({ ExplicitHashKey: String(HASH_KEY_MAX + 1n) }));
  await expectError("partition key too long", ["ValidationException"], put({ PartitionKey: "k".repeat(257) }));
  await expectError("record too large", invalid, put({ Data: Buffer.alloc(2 ** 20 + 1) }));
  await expectError("no records", ["ValidationException"], () => kinesis.putRecords({ StreamName, Records: [] }));
  await expectError("unknown shard", ["ResourceNotFoundException"], () => iterator("shardId-000000000099", "LATEST"));
  await expectError("broken iterator", ["InvalidArgumentException"], () => kinesis.getRecords({ ShardIterator: "no-iterator" }));
  await expectError("iterator type that is none", ["ValidationException"], () => iterator(shardIds()[1], "SOMEWHERE"));
};

const deleteStream = async () => {
  await kinesis.registerStreamConsumer({ StreamARN: streamArn, ConsumerName: "left-behind" });
  await expectError("delete with a consumer", ["ResourceInUseException"], () => kinesis.deleteStream({ StreamName }));
  await kinesis.deleteStream({ StreamName, EnforceConsumerDeletion: true });
  await waitFor("stream is gone", () => summary().then(() => false, (error) => {
    if (error.name === "ResourceNotFoundException") return true;
    throw error;
  }));
  checks.true("the stream is not listed", !(await kinesis.listStreams({})).StreamNames.includes(StreamName));
};

const { version } = createRequire(import.meta.url)("@aws-sdk/client-kinesis/package.json");
console.log(`@aws-sdk/client-kinesis ${version}, node ${process.version}`);
await checks.step("before the stream", beforeTheStream);
if (await checks.step("create", create) && await checks.step("put through a split", putThroughASplit)) {
  await checks.step("list shards", listShards);
  if (await checks.step("read back", readBack)) {
    await checks.step("read from positions", readFromPositions);
    await checks.step("subscribe", subscribe);
  }
  await checks.step("settings of the stream", settingsOfTheStream);
  await checks.step("wrong requests", wrongRequests);
  await checks.step("delete", deleteStream);
}
process.exit(checks.end());
