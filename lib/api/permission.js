'use strict';

// Explains what the permission model of Node.js denied. The model denies addons, threads and files by default, and has
// a flag that allows each.

const { permission } = require('node:process');
const { describe, messageOf } = require('./describe');

/**
 * Reads the code of any thrown value.
 * @param {unknown} error
 */
const codeOf = (error) => /** @type {{ code?: unknown } | null | undefined} */ (error)?.code;

/**
 * Whether the permission model threw this error.
 * @param {unknown} error
 * @returns {boolean}
 */
const isDenied = (error) => codeOf(error) === 'ERR_ACCESS_DENIED';

/**
 * @param {string} what
 * @param {string} flag
 */
const denies = (what, flag) => `the permission model of Node.js denies ${what}; start it with ${flag}`;

/**
 * Why a thread could not be started.
 * @param {unknown} error
 * @returns {string}
 */
const whyNoThread = (error) => (isDenied(error) ? denies('threads', '--allow-worker') : messageOf(error));

/**
 * Why the worker file could not be read.
 * @param {string} file
 * @param {unknown} error
 * @returns {string}
 */
const whyUnread = (file, error) =>
  isDenied(error)
    ? denies('reading it', `--allow-fs-read=${describe(file)}`)
    : /** @type {string} */ (codeOf(error) ?? messageOf(error));

/**
 * Which flag of Node.js disabled addons. The generated loader chains the errors of all its attempts as causes.
 * @param {unknown} error
 * @returns {string | undefined} undefined if addons are enabled.
 */
function whyNoAddons(error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!/loading addons is disabled/.test(cause.message)) continue;
    return permission === undefined ? 'Node.js was started with --no-addons' : denies('addons', '--allow-addons');
  }
  return undefined;
}

module.exports = { isDenied, whyNoAddons, whyNoThread, whyUnread };
