'use strict';

// What Node.js does not permit: its permission model denies addons, threads and files unless it is started with a flag
// for each.

const { permission } = require('node:process');
const { describe, messageOf } = require('./describe');

/** Whether an error says that the permission model denies something. */
const isDenied = (error) => error?.code === 'ERR_ACCESS_DENIED';

const denies = (what, flag) => `the permission model of Node.js denies ${what}; start it with ${flag}`;

/** Why a thread cannot be started. */
const whyNoThread = (error) => (isDenied(error) ? denies('threads', '--allow-worker') : messageOf(error));

/** Why the worker file cannot be read. */
const whyUnread = (file, error) =>
  isDenied(error) ? denies('reading it', `--allow-fs-read=${describe(file)}`) : (error.code ?? messageOf(error));

/** Why no addon is loaded, if Node.js was started so. The addon's loader puts the errors of its attempts in a chain. */
function whyNoAddons(error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!/loading addons is disabled/.test(cause.message)) continue;
    return permission === undefined ? 'Node.js was started with --no-addons' : denies('addons', '--allow-addons');
  }
  return undefined;
}

module.exports = { isDenied, whyNoAddons, whyNoThread, whyUnread };
