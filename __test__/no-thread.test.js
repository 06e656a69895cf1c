'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');

/** Rust takes the stack size of its threads from there. No machine has so much address space. */
const HUGE_STACKS = `process.env.RUST_MIN_STACK = String(2 ** 50);`;

const skip = process.platform === 'linux' ? false : 'other systems take a stack of that size differently';

test('a pool that gets no thread is a clear error, and the process goes on', { skip }, async () => {
  const { code, signal, stdout, stderr } = await runProgram(`
    ${HUGE_STACKS}
    for (let i = 0; i < 3; i++) {
      try {
        new WorkerPool(2);
      } catch (error) {
        console.log(error.code, error.message.split('(')[0]);
      }
    }
  `);
  assert.match(stdout, /^(ERR_WORKER_INIT_FAILED Worker pool: cannot start a worker thread: .*\n){3}$/);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
});
