import { createRequire } from 'node:module';
import { afterEach, expect, test, vi } from 'vitest';
import exercises from '../exercise.js';

const { exercise, EXPECTED } = exercises;
const require = createRequire(import.meta.url);

/** All that can be replaced, nextTick and queueMicrotask among them where the runner itself lives without. */
const everything = {
  toFake: [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'clearImmediate',
    'Date',
    'performance',
    'hrtime',
    'queueMicrotask',
  ],
};

afterEach(() => vi.useRealTimers());

test('a pool works if timers are fake when the package is loaded', async () => {
  vi.useFakeTimers(everything);
  const { WorkerPool } = require('../../..');
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});

test('a pool works if timers become fake after the package is loaded', async () => {
  const { WorkerPool } = await import('../../../index.js');
  vi.useFakeTimers(everything);
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});
