'use strict';

// Values that are no native task, and tables that this version cannot use: the error says what was expected and what came.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('./support/build-with-test-workers');
const { addon, noC } = require('./support/addons');

const ANY = "'native:NAME', 'native', a native task of an addon, an object of tasks, a path or a file: URL";

const refuses = (worker, error) => assert.throws(() => new WorkerPool(1, worker), { name: 'TypeError', ...error });

test('a plain object, and a value that is no task within one, is refused', () => {
  const { number } = addon('test-tasks');
  const code = 'ERR_INVALID_ARG_TYPE';
  refuses({}, { code, message: `worker must be ${ANY}; got [object Object] (object)` });
  for (const [value, shown] of [
    [{}, '[object Object] (object)'],
    [5, '5 (number)'],
    ['blur', 'blur (string)'],
    [undefined, 'undefined (undefined)'],
  ]) {
    const message = `worker.blur must be 'native:NAME' or a native task of an addon (options are the third argument); got ${shown}`;
    refuses({ number, blur: value }, { code, message });
  }
});

test('a table of another major version is refused with both numbers', { skip: noC }, () => {
  const { nextMajor } = addon('hostile');
  const rest = 'has version 2 of the task ABI, and this version of native-worker-pool supports version 1';
  refuses(nextMajor, { code: 'ERR_INVALID_ARG_VALUE', message: `worker ${rest}` });
  refuses({ blur: nextMajor }, { code: 'ERR_INVALID_ARG_VALUE', message: `worker.blur ${rest}` });
});

test('a table of a later minor version is accepted', { skip: noC }, async () => {
  const pool = new WorkerPool(1, addon('hostile').newer);
  assert.equal(await pool.run(13), 13);
  await pool.close();
});

test('an incomplete table is refused', { skip: noC }, () => {
  const { short, withoutRun, withoutDestroy, nameless } = addon('hostile');
  for (const [table, missing] of [
    [short, 'all fields of its version'],
    [withoutRun, 'the function run'],
    [withoutDestroy, 'the function destroy'],
    [nameless, 'a name'],
  ]) {
    refuses(table, { code: 'ERR_INVALID_ARG_VALUE', message: `worker is a table without ${missing}` });
  }
});

test('an External of another kind is refused, and its pointer is not read', { skip: noC }, () => {
  const { untagged, foreign, null: empty } = addon('hostile');
  for (const external of [untagged, foreign, empty]) {
    const code = 'ERR_INVALID_ARG_TYPE';
    refuses(external, { code, message: `worker must be ${ANY}; got an External that is no native task` });
    const expected = "worker.a must be 'native:NAME' or a native task of an addon";
    refuses({ a: external }, { code, message: `${expected}; got an External that is no native task` });
  }
});
