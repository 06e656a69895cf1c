/* global afterEach, expect, jest, test */

const { exercise, EXPECTED } = require('../exercise');

afterEach(() => jest.useFakeTimers()); // as the configuration does

test('a pool works if timers are fake when the package is loaded', async () => {
  const { WorkerPool } = require('../../..');
  expect(setTimeout.clock).toBeDefined();
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});

test('a pool works if timers become fake after the package is loaded', async () => {
  jest.useRealTimers();
  jest.resetModules();
  const { WorkerPool } = require('../../..');
  jest.useFakeTimers();
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});

test('a pool works with real timers', async () => {
  jest.useRealTimers();
  const { WorkerPool } = require('../../..');
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});
