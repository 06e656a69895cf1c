'use strict';

// What is moved to a thread with a task (`transfer`) can be moved only once. So it must not be lost with a thread that
// ends before it has begun the task: such a thread moves it back as it exits, and the task is run by another.
//
// A thread that exits still has its exit handlers to run, and receives nothing more. So pool and thread agree, in
// memory that both see: the pool moves nothing to a thread that exits, and a thread that exits waits for what is just
// being moved. Each first writes what it does and then reads what the other does, so that one of them sees the other.

const { receiveMessageOnPort } = require('node:worker_threads');
const { isAfter } = require('./claims');
const { RUN, RETURNED, BEGUN, MOVING, EXITING } = require('./protocol');

const { load, store, notify, wait } = Atomics; // before a worker file can replace them

/** How long a thread waits for what is being moved, in milliseconds: that may be interrupted for good. */
const PATIENCE = 1000;

/**
 * The pool moves something by `post`.
 * @returns {boolean} whether that was called: not for a thread that exits.
 */
function move(own, post) {
  store(own, MOVING, 1);
  try {
    if (load(own, EXITING) === 1) return false;
    post();
    return true;
  } finally {
    store(own, MOVING, 0);
    notify(own, MOVING);
  }
}

/**
 * The thread exits: moves back what no task has begun with.
 * @param {Int32Array} own The thread's memory.
 * @param last The last message that moved something, if its task has not begun.
 */
function moveBack(own, port, last) {
  store(own, EXITING, 1);
  if (load(own, MOVING) === 1) wait(own, MOVING, 1, PATIENCE);
  let moved = last;
  for (let unread = receiveMessageOnPort(port); unread !== undefined; unread = receiveMessageOnPort(port)) {
    if (isMove(unread.message)) moved = unread.message;
  }
  if (moved === undefined) return;
  const number = moved[1];
  const data = moved[2];
  const list = moved[3];
  if (isAfter(number, load(own, BEGUN))) port.postMessage([RETURNED, number, 0, [data, list]], list);
}

/** Whether a message moves something to the thread. */
const isMove = (message) => message[0] === RUN && message[3] !== undefined; // no iterator, which a file may replace

module.exports = { move, moveBack, isMove };
