'use strict';

// Gates, at which tasks wait on command. The data of a task of a gate worker is the number of a gate, and the task
// completes when that gate is open. So a test can keep a worker busy for as long as it needs, on any machine.
//
// build-with-test-workers.js loads the addon with the native gate worker, and exports this module.

const { setImmediate: turn } = require('node:timers/promises');
const { setEnvironmentData, threadId } = require('node:worker_threads');
const native = require('../../lib/platform/addon.js');

/** The number of gates that each thread of this process can create. */
const GATES = 2 ** 16;

/**
 * The state of gates for the gate workers in fixtures/: 1 if a gate is open and, in the second half, 1 if a task has
 * reached it. The index is the number of the gate modulo `GATES`.
 */
const gates = new Int32Array(new SharedArrayBuffer(4 * 2 * GATES));
setEnvironmentData('gates', gates.buffer);

const FIRST = threadId * GATES;
let count = 0;

/**
 * Creates a gate. An open gate stays open, so each test creates its own.
 * @returns {number} its number. It is unique in the process, since all threads share the native gates.
 */
function freshGate() {
  if (count === GATES) throw new Error(`A thread can create at most ${GATES} gates`);
  return FIRST + count++;
}

/** The index of a gate in the shared memory. */
function indexOf(gate) {
  const index = gate - FIRST;
  if (!(index >= 0 && index < count)) throw new Error(`${gate} is not a gate of this thread: freshGate() creates one`);
  return index;
}

/** Opens a gate permanently, for workers of any kind. */
function openGate(gate) {
  const index = indexOf(gate);
  native.openGate(gate);
  Atomics.store(gates, index, 1);
  Atomics.notify(gates, index);
}

/** Resolves when a task has reached a gate. */
async function atGate(gate) {
  const index = indexOf(gate);
  while (!native.isReached(gate) && Atomics.load(gates, GATES + index) === 0) await turn();
}

module.exports = { freshGate, openGate, atGate };
