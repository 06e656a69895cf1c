// A program under fake timers of sinon, installed before or after the package is loaded, as its argument says.

const { isDeepStrictEqual } = require('node:util');
const sinon = require('sinon');
const { exercise, EXPECTED } = require('../exercise');

const isBefore = process.argv[2] === 'before';
if (!isBefore) require('../../..');
const clock = sinon.useFakeTimers({ shouldClearNativeTimers: true });
const { WorkerPool } = require('../../..');

exercise(WorkerPool).then((outcomes) => {
  clock.restore();
  if (!isDeepStrictEqual(outcomes, EXPECTED)) throw new Error(JSON.stringify(outcomes));
  console.log('passed');
});
