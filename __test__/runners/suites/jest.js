/* global afterEach, expect, jest, test */

const { exercise, EXPECTED } = require('../exercise');

afterEach(() => jest.useFakeTimers()); // as the configuration does

test('timers are fake when the package is loaded', async () => {
  const { WorkerPool } = require('../../..');
  expect(setTimeout.clock).toBeDefined();
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});

test('timers are real when the package is loaded, and then fake', async () => {
  jest.useRealTimers();
  jest.resetModules();
  const { WorkerPool } = require('../../..');
  jest.useFakeTimers();
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});

test('timers are real', async () => {
  jest.useRealTimers();
  const { WorkerPool } = require('../../..');
  expect(await exercise(WorkerPool)).toEqual(EXPECTED);
});
