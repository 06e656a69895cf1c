'use strict';

// Requests at a constant rate, or one after the other on each connection, by autocannon.

const autocannon = require('autocannon');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * autocannon sends the requests of a second at the beginning of the second. So several instances send a part of them
 * each, and start one after the other within a second.
 */
const INSTANCES = 20;

/**
 * Posts a body again and again. Every request is sent to its end, and its answer awaited.
 * @param {string} url
 * @param {string | Buffer} body
 * @param {{ duration: number, rate: number } | { duration: number, connections: number }} options Seconds, and either
 *   requests a second or the number of connections.
 * @returns {Promise<{ sent: number, failures: number, latencies: Record<string, number[]> }>} the latencies by status,
 *   in milliseconds.
 */
async function attack(url, body, options) {
  const latencies = {};
  const shared = { url, method: 'POST', body, timeout: 60 };
  const results = await Promise.all(
    'rate' in options
      ? Array.from({ length: INSTANCES }, async (_, i) => {
          const connections = share(options.rate, INSTANCES, i);
          if (connections === 0) return { sent: 0, failures: 0 };
          await sleep((1000 * i) / INSTANCES);
          // One request a second for each connection.
          return fire(
            { ...shared, connections, overallRate: connections, amount: connections * options.duration },
            latencies,
          );
        })
      : [fire({ ...shared, connections: options.connections, duration: options.duration }, latencies)],
  );
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return { sent: sum('sent'), failures: sum('failures'), latencies };
}

/** The i-th of `count` almost equal parts of an integer. */
const share = (total, count, i) => Math.floor(total / count) + (i < total % count ? 1 : 0);

async function fire(options, latencies) {
  const instance = autocannon(options);
  instance.on('response', (_client, status, _bytes, milliseconds) => {
    latencies[status] ??= [];
    latencies[status].push(milliseconds);
  });
  const { errors, requests } = await instance;
  return { sent: options.amount ?? requests.sent, failures: errors };
}

module.exports = { attack };
