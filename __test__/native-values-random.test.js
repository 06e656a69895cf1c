'use strict';

// Passes random values to a Rust thread and back, see support/value-oracle.js. A failure names its seed:
//   VALUE_SEED=123 node --test __test__/native-values-random.test.js     repeats one seed
//   VALUE_SEED=100..100000 node --test ...                               runs other seeds

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');
const { randomValue } = require('./support/random-values');
const { scale } = require('./support/scale');
const { expectedOf } = require('./support/value-oracle');

const [FIRST, LAST = FIRST] = (process.env.VALUE_SEED ?? `1..${scale(10_000, 1000)}`).split('..').map(Number);

/** The number of values passed at once, so that their results share an arena. */
const AT_ONCE = 50;

/** A value is a field in the list that is the task's data, so it is at depth 1. */
const DEPTH_OF_FIELD = 1;

let pool;

before(() => {
  pool = new WorkerPool(2, 'native:test-value');
});

after(async () => {
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

function isDetached(buffer) {
  try {
    return new Uint8Array(buffer) === undefined; // never
  } catch {
    return true;
  }
}

/** Passes the value of a seed to a task and checks the outcome. The buffers of every third value are transferred. */
async function check(seed) {
  const expected = expectedOf(seed, DEPTH_OF_FIELD);
  const { value, buffers } = randomValue(seed);
  const transfer = seed % 3 === 0 ? buffers : [];
  const task = pool.run([value], { transfer });
  const isRefused = expected.refusal !== undefined;
  for (const buffer of buffers) assert.equal(isDetached(buffer), !isRefused && transfer.includes(buffer));
  if (isRefused) return assert.rejects(task, expected.refusal);
  const [actual] = await task;
  assert.deepEqual(actual, expected.arrived);
}

test(`passes random values as structuredClone does, or refuses them: seeds ${FIRST} to ${LAST}`, async () => {
  for (let first = FIRST; first <= LAST; first += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, LAST - first + 1) }, (_, i) => first + i);
    const failures = await Promise.all(
      seeds.map((seed) =>
        check(seed).then(
          () => undefined,
          (error) => ({ seed, error }),
        ),
      ),
    );
    const failure = failures.find((failure) => failure !== undefined);
    if (failure !== undefined)
      throw new Error(`seed ${failure.seed}: ${failure.error.message}`, { cause: failure.error });
  }
  const { submitted, completed, failed } = pool.stats();
  assert.equal(submitted, LAST - FIRST + 1);
  assert.equal(completed + failed, submitted);
});
