'use strict';

// The tracing channel `native-worker-pool:run` of node:diagnostics_channel, for monitoring tools.

const diagnostics = require('node:diagnostics_channel');

/**
 * What subscribers receive. The channel adds `result` or `error`.
 * @typedef {object} TraceContext
 * @property {null} [__proto__]
 * @property {object} pool
 * @property {unknown} data
 * @property {unknown} options
 */

/** Undefined in runtimes without tracing channels. */
const channel = diagnostics.tracingChannel?.('native-worker-pool:run');
const { start, end, asyncStart, asyncEnd, error } = channel ?? { __proto__: null };

/**
 * Whether the channel has subscribers. The five channels are constants, so V8 inlines the check.
 * @type {() => boolean}
 */
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
 * Calls `run`, and publishes the start, the end and the outcome. Only to be called if `isTraced()`.
 * @template Result
 * @param {() => Promise<Result>} run
 * @param {TraceContext} context
 * @returns {Promise<Result>}
 */
const trace = (run, context) => channel.tracePromise(run, context);

module.exports = { isTraced, trace };
