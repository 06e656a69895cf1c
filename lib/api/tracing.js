'use strict';

// The tracing channel of a task's life, for monitoring tools: `native-worker-pool:run` of
// node:diagnostics_channel.

const diagnostics = require('node:diagnostics_channel');

// Not every runtime has them.
const channel = diagnostics.tracingChannel?.('native-worker-pool:run');
const { start, end, asyncStart, asyncEnd, error } = channel ?? { __proto__: null };

/** Whether anybody listens: as constants, these are asked for nothing when nobody does. */
const isTraced =
  channel === undefined
    ? () => false
    : () =>
        start.hasSubscribers ||
        end.hasSubscribers ||
        asyncStart.hasSubscribers ||
        asyncEnd.hasSubscribers ||
        error.hasSubscribers;

/**
 * Calls `run`, which returns a promise, and publishes what becomes of that.
 * @param {object} context What subscribers see; `result` or `error` is added to it.
 */
const trace = (run, context) => channel.tracePromise(run, context);

module.exports = { isTraced, trace };
