// Aggregated records of penstock-kpl-tool read by aws-kinesis-agg, and those of aws-kinesis-agg read by the tool: random user
// records, with and without explicit hash keys, all of which must come back.
//
// usage: scenario.js TOOL     started by ../run.py

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { inspect, isDeepStrictEqual } from "node:util";
import agg from "aws-kinesis-agg";
import common from "aws-kinesis-agg/lib/common.js";

const RECORDS = 2_000;
// The KPL's default. So many keys go into one aggregate that their indexes are of one and of two bytes.
const BYTES_MAX = 51_200;
const KEYS = 600;
const SOME_CHARACTERS = ["a", "Z", "7", " ", "ü", "Ж", "漢", "💧"];
const HASH_KEY_MAX = 2n ** 128n - 1n;

const tool = process.argv[2];
const seed = Number(process.env.INTEROP_SEED ?? Date.now() % 2 ** 32);
let checks = 0;
let wrong = 0;

const equal = (what, expected, found) => {
  checks += 1;
  if (isDeepStrictEqual(expected, found)) return;
  wrong += 1;
  if (wrong <= 10) console.log(`WRONG: ${what}: expected ${inspect(expected)}, found ${inspect(found)}`);
};

// Random words of 32 bits, the high bits of a linear congruence with Knuth's factors (MMIX).
let state = BigInt(seed);
const word = () => {
  state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
  return Number(state >> 32n);
};
const below = (limit) => word() % limit;
const pick = (list) => list[below(list.length)];

const md5 = (bytes) => createHash("md5").update(bytes).digest();
const hashOf = (record) => record.explicit_hash_key || String(BigInt(`0x${md5(record.partition_key).toString("hex")}`));

const randomBytes = () => {
  const length = pick([0, 1, below(100), below(300), 126 + below(4), below(1_000)]);
  return Buffer.from(Array.from({ length }, () => below(256)));
};
const randomHashKey = () => {
  const bits = (BigInt(word()) << 96n) | (BigInt(word()) << 64n) | (BigInt(word()) << 32n) | BigInt(word());
  return pick([bits, bits, HASH_KEY_MAX, 2n ** 64n]);
};

// aws-kinesis-agg 4.2.8 writes its tables as the keys of a JavaScript object, where integers below 2^32 - 1 come first: it then
// gives records the keys of others. So no partition key is a number here, and no explicit one is small, except for what the
// package only reads.
const randomRecords = (smallHashKeys) => {
  const keys = Array.from({ length: KEYS }, (_, i) => `k${i}${Array.from({ length: below(12) }, () => pick(SOME_CHARACTERS)).join("")}`);
  const hashKeys = Array.from({ length: KEYS }, randomHashKey).map(String).filter((key) => key.length > 10);
  if (smallHashKeys) hashKeys.push(...Array(KEYS).fill().map(() => String(below(300))));
  return Array.from({ length: RECORDS }, () => ({
    data: randomBytes().toString("base64"),
    partition_key: pick(keys),
    explicit_hash_key: below(2) ? pick(hashKeys) : "",
  }));
};

const runTool = (args, lines) => {
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const { status, stdout, stderr, error } = spawnSync(tool, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")} ended with ${status}: ${error ?? stderr}`);
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
};
const toolAggregates = (records) => runTool(["aggregate", String(BYTES_MAX)], records);

// [error, user records], with their checksums looked at.
const packageReads = (data) => {
  let result;
  agg.deaggregateSync({ data, partitionKey: "a", sequenceNumber: "1" }, true, (error, records) => {
    result ??= [error, records];
  });
  return result;
};

// Which of the records have an explicit hash key, as the package's protobuf decodes them. What aws-kinesis-agg 4.2.8 makes of it
// gives each record without one the first in the table.
const explicitHashKeysOf = (data) => common.AggregatedRecord.decode(Buffer.from(data, "base64").subarray(4, -16)).records
  .map((record) => Object.hasOwn(record, "explicit_hash_key_index"));

// One aggregate of the records, in base64.
const packageAggregates = (records) => {
  const aggregator = new agg.RecordAggregator();
  for (const record of records) {
    aggregator.addUserRecord({
      data: Buffer.from(record.data, "base64"),
      partitionKey: record.partition_key,
      ...(record.explicit_hash_key && { explicitHashKey: record.explicit_hash_key }),
    });
  }
  return aggregator.build().data.toString("base64");
};

const toolWrites = () => {
  const records = randomRecords(true);
  const aggregates = toolAggregates(records);
  let next = 0;
  for (const aggregate of aggregates) {
    equal("an aggregate's size is within the limit", true, Buffer.from(aggregate.data, "base64").length <= BYTES_MAX);
    equal("keys of an aggregate", ["a", hashOf(records[next])], [aggregate.partition_key, aggregate.explicit_hash_key]);
    const [error, found] = packageReads(aggregate.data);
    equal("the package's error", undefined, error);
    const hasHashKey = explicitHashKeysOf(aggregate.data);
    found.forEach((record, i) => {
      equal(`record ${next} of the tool`, { ...records[next], sub: i }, {
        data: record.data,
        partition_key: record.partitionKey,
        explicit_hash_key: hasHashKey[i] ? record.explicitPartitionKey : "",
        sub: record.subSequenceNumber,
      });
      next += 1;
    });
  }
  equal("records of the tool", RECORDS, next);
  console.log(`the tool wrote ${next} records in ${aggregates.length} aggregates, the package read them`);
};

const packageWrites = () => {
  const records = randomRecords(false);
  const groups = [];
  for (let begin = 0; begin < RECORDS;) {
    const count = 1 + below(300);
    groups.push(records.slice(begin, begin + count));
    begin += count;
  }
  const aggregates = groups.map(packageAggregates);
  const found = runTool(["deaggregate"], aggregates.map((data) => ({ data })));
  equal("number of answers", groups.length, found.length);
  groups.forEach((group, i) => {
    const expected = group.map((record, sub) => ({ ...record, hash_key: hashOf(record), sub_sequence_number: sub }));
    equal(`number of records in aggregate ${i}`, group.length, found[i].records?.length);
    expected.forEach((record, sub) => equal(`record ${sub} of aggregate ${i} of the package`, record, found[i].records?.[sub]));
  });
  console.log(`the package wrote ${records.length} records in ${groups.length} aggregates, the tool read them`);
};

// Both choose the same bytes, so that sizes which the one computes hold for the other.
const sameBytes = () => {
  const records = randomRecords(false);
  let begin = 0;
  for (const aggregate of toolAggregates(records)) {
    const count = packageReads(aggregate.data)[1].length;
    equal(`bytes of records ${begin} to ${begin + count}`, true,
      aggregate.data === packageAggregates(records.slice(begin, begin + count)));
    begin += count;
  }
  equal("records in aggregates of the same bytes", RECORDS, begin);
};

// No magic: plain for both. A wrong MD5: an error of the package, a plain record here and for the KCL.
const plainRecords = () => {
  const plain = Buffer.from("no aggregate").toString("base64");
  const changed = Buffer.from(packageAggregates(randomRecords(false).slice(0, 2)), "base64");
  changed[changed.length - 1] ^= 1;
  equal("plain records", [{}, {}], runTool(["deaggregate"], [{ data: plain }, { data: changed.toString("base64") }]));
  equal("a plain record of the package", plain, packageReads(plain)[1][0].data);
  equal("the package sees the wrong MD5", true, packageReads(changed.toString("base64"))[0] instanceof Error);
};

console.log(`seed: ${seed}`);
for (const part of [toolWrites, packageWrites, sameBytes, plainRecords]) {
  try {
    part();
  } catch (error) {
    equal(`${part.name} came to its end`, "", error.stack);
  }
}
console.log(`${checks} checks, ${wrong} wrong`);
process.exitCode = wrong > 0 || checks < 2 * RECORDS ? 1 : 0;
