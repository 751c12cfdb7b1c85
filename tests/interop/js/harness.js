// What ../harness.py is for the Python programs: settings, hash keys, and the list of what was not as expected.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, inspect } from "node:util";

export const HASH_KEY_MAX = 2n ** 128n - 1n;
// For states that a stream passes through; far beyond what a slow machine needs.
export const PATIENCE_MS = 60_000;
// Of a whole part; what waits within one gives up earlier.
const STEP_MS = 5 * PATIENCE_MS;
const LOOK_INTERVAL_MS = 100;
export const CLOCK_SLACK_MS = 1_000;
// Of a subscription: an event at least every 5 s, and some time for a loaded machine to deliver it.
export const EVENT_INTERVAL_MS = 8_000;

const environment = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start this through run.py`);
  return value;
};

export const settings = () => ({
  endpoint: environment("INTEROP_ENDPOINT"),
  region: environment("INTEROP_REGION"),
  accessKeyId: environment("INTEROP_ACCESS_KEY_ID"),
  secretAccessKey: environment("INTEROP_SECRET_ACCESS_KEY"),
  signatures: process.env.INTEROP_SIGNATURES === "1",
  stream: environment("INTEROP_STREAM"),
  flights: readFileSync(environment("INTEROP_FLIGHTS"), "utf8").split("\n").filter((line) => line !== ""),
});

export const originOf = (flight) => /"origin":"([^"]+)"/.exec(flight)[1];
export const hashOf = (partitionKey) => BigInt(`0x${createHash("md5").update(partitionKey, "utf8").digest("hex")}`);
export const hashRange = (shard) => [BigInt(shard.HashKeyRange.StartingHashKey), BigInt(shard.HashKeyRange.EndingHashKey)];
export const isClosed = (shard) => shard.SequenceNumberRange.EndingSequenceNumber !== undefined;
export const text = (bytes) => Buffer.from(bytes).toString("utf8");

export const waitFor = async (what, condition) => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`${what}: not so after ${PATIENCE_MS} ms`);
    await sleep(LOOK_INTERVAL_MS);
  }
};

// What `promise` gives, or an error when it takes longer: a stream of events that stalls would be waited for without end.
const within = (limitMs, what, promise) => {
  const limit = new AbortController();
  const late = sleep(limitMs, undefined, { signal: limit.signal, ref: true }).then(() => {
    throw new Error(`${what}: not done after ${limitMs} ms`);
  });
  late.catch(() => {}); // the timer's own end
  return Promise.race([promise, late]).finally(() => limit.abort());
};

// Counts what was checked; what is wrong is printed at once, and the run goes on to find the rest.
export class Checks {
  count = 0;
  wrong = 0;

  equal(what, expected, found) {
    this.true(what, isDeepStrictEqual(expected, found), `expected ${inspect(expected)}, found ${inspect(found)}`);
  }

  true(what, condition, found = "") {
    this.count += 1;
    if (condition) return;
    this.wrong += 1;
    console.log(`WRONG: ${what}: ${found}`);
  }

  // Runs one part of the scenario. True if it came to its end: parts that build on it may go on.
  async step(name, run, limitMs = STEP_MS) {
    const began = Date.now();
    const wrong = this.wrong;
    let ended = true;
    try {
      await within(limitMs, name, run());
    } catch (error) {
      this.true(`${name} came to its end`, false, error.stack);
      ended = false;
    }
    console.log(`${name}: ${wrong === this.wrong ? "ok" : "WRONG"} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    return ended;
  }

  end() {
    console.log(`${this.count} checks, ${this.wrong} wrong`);
    return this.wrong > 0 || this.count === 0 ? 1 : 0;
  }
}

// Every flight once, and those of one key in their order. `records`: as GetRecords gave them, in the order of reading.
export const compareFlights = (checks, flights, records) => {
  const byKey = (entries) => {
    const map = new Map();
    for (const [key, flight] of entries) map.set(key, [...(map.get(key) ?? []), flight]);
    return map;
  };
  checks.equal("number of records read", flights.length, records.length);
  const expected = byKey(flights.map((flight) => [originOf(flight), flight]));
  const found = byKey(records.map((record) => [record.PartitionKey, text(record.Data)]));
  checks.equal("partition keys read", [...expected.keys()].sort(), [...found.keys()].sort());
  for (const [key, lines] of expected) {
    const read = found.get(key) ?? [];
    if (isDeepStrictEqual(lines, read)) continue;
    const again = isDeepStrictEqual([...lines].sort(), [...read].sort());
    checks.true(`flights from ${key}`, false, again ? "in another order" : "lost, doubled or changed");
    return;
  }
  checks.true("flights of each key in their order", true);
};
