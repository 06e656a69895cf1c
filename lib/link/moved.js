'use strict';

// Returns transferred objects from a thread that exits. An object can be transferred only once, so it must not be lost
// with a thread that never begins the task: the thread transfers it back, and another thread runs the task.
//
// An exiting thread still runs exit handlers, and receives no more messages. Pool and thread therefore agree through
// shared memory: the pool transfers nothing to an exiting thread, and an exiting thread waits for a transfer in
// progress. Each side stores its own flag before it loads the flag of the other. Atomics are sequentially consistent,
// so at least one of them sees the other.
//
// A thread may survive its exit handlers, if one of them throws or if the file itself emits 'exit'. Then it notifies the
// pool and handles the messages that it has read. The pool places the returned tasks again. Until then it transfers
// nothing to the thread: it recalls all tasks that the thread has not begun, and what was transferred would be lost.

const { receiveMessageOnPort } = require('node:worker_threads');
const { isAfter } = require('./claims');
const { RUN, RETURNED, BEGUN, MOVING, EXITING } = require('./protocol');

/** @typedef {import('./protocol').MessageToThread} MessageToThread */

/**
 * A message, or the error of reading it.
 * @typedef {{ message: MessageToThread } | { __proto__: null, error: unknown }} Unread
 */

const { compareExchange, load, store, notify, wait } = Atomics; // before a worker file can replace them

/** How many times this thread has run its exit handlers. */
let exits = 0;

/** How long a thread waits for a transfer in progress, in milliseconds. The pool may have been interrupted for good. */
const PATIENCE = 1000;

/**
 * Transfers objects to the thread, unless that exits.
 * @param {Int32Array} own The thread's memory.
 * @param {() => void} post Posts the message that transfers.
 * @returns {boolean} whether `post` was called.
 */
function move(own, post) {
  store(own, MOVING, 1);
  try {
    if (load(own, EXITING) !== 0) return false;
    post();
    return true;
  } finally {
    store(own, MOVING, 0);
    notify(own, MOVING);
  }
}

/**
 * Transfers the objects of tasks that have not begun back to the pool, as the thread exits.
 * @param {Int32Array} own The thread's memory.
 * @param {import('node:worker_threads').MessagePort} port Leads to the pool.
 * @param {MessageToThread[]} read The received messages that transferred objects, if their tasks have not begun.
 * @param {Unread[]} unread The messages that are still in the port are appended to it.
 * @returns {{ exit: number, numbers: number[] }} which exit this is, from 1, and the numbers of the tasks whose objects
 *   were transferred back.
 */
function moveBack(own, port, read, unread) {
  exits++;
  store(own, EXITING, exits);
  if (load(own, MOVING) === 1) wait(own, MOVING, 1, PATIENCE);
  const moved = [];
  for (let i = 0; i < read.length; i++) moved[i] = read[i];
  for (let next = receive(port); next !== undefined; next = receive(port)) {
    unread[unread.length] = next;
    if ('message' in next && isMove(next.message)) moved[moved.length] = next.message;
  }
  const numbers = [];
  for (let i = 0; i < moved.length; i++) {
    const number = /** @type {number} */ (moved[i][1]);
    const list = moved[i][3];
    if (!isAfter(number, load(own, BEGUN))) continue;
    port.postMessage([RETURNED, number, 0, [moved[i][2], list]], list);
    numbers[numbers.length] = number;
  }
  return { exit: exits, numbers };
}

/**
 * @param {import('node:worker_threads').MessagePort} port
 * @returns {Unread | undefined}
 */
function receive(port) {
  try {
    return receiveMessageOnPort(port);
  } catch (error) {
    return { __proto__: null, error };
  }
}

/**
 * Allows transfers to the thread again after it survived its exit handlers, unless it runs them again.
 * @param {Int32Array} own The thread's memory.
 * @param {number} exit Which exit it has survived.
 */
const acceptMoves = (own, exit) => compareExchange(own, EXITING, exit, 0);

/**
 * Whether a message transfers objects to the thread.
 * @param {MessageToThread} message
 * @returns {boolean}
 */
const isMove = (message) => message[0] === RUN && message[3] !== undefined; // no iterator, which a file may replace

module.exports = { acceptMoves, isMove, move, moveBack };
