'use strict';

// The log of a server: one line of JSON for each event, on stdout.

/**
 * @param {'info' | 'warn' | 'error'} level
 * @param {string} event
 * @param {object} [fields]
 */
function log(level, event, fields) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}

/**
 * The fields of an error.
 * @param {any} error
 */
const errorFields = (error) => ({
  error: { name: error?.name, code: error?.code, message: String(error?.message ?? error) },
});

module.exports = { errorFields, log };
