'use strict';

// Gates, at which tasks wait on command. The data of a task of a gate worker is the number of a gate; the task
// completes when that gate is open. So a test has a busy worker for as long as it needs one, however fast the
// machine is.
//
// Part of build-with-test-workers.js, which loads the addon with the native gate worker.

const { setImmediate: turn } = require('node:timers/promises');
const { setEnvironmentData, threadId } = require('node:worker_threads');
const native = require('../../lib/platform/addon.js');

/** How many gates each thread of this process can create. */
const GATES = 2 ** 16;

/**
 * For the gate workers in fixtures/, which find a gate at its number modulo `GATES`: whether each gate is open,
 * and in the second half whether a task has reached it.
 */
const gates = new Int32Array(new SharedArrayBuffer(4 * 2 * GATES));
setEnvironmentData('gates', gates.buffer);

const FIRST = threadId * GATES;
let count = 0;

/**
 * Creates a gate. A gate that has been opened stays open, so each test creates its own.
 * @returns {number} its number, which is unique in the process: all its threads share the native gates.
 */
function freshGate() {
  if (count === GATES) throw new Error(`A thread can have ${GATES} gates`);
  return FIRST + count++;
}

/** The index of a gate in the shared memory. */
function indexOf(gate) {
  const index = gate - FIRST;
  if (!(index >= 0 && index < count)) throw new Error(`${gate} is no gate of this thread: freshGate() creates one`);
  return index;
}

/** Opens a gate for good, for workers of any kind. */
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
