'use strict';

// Which runtime this is, where it makes a difference.

const { bun, deno, electron, nw } = process.versions;

const IS_BUN = bun !== undefined;
const IS_DENO = deno !== undefined;

const IS_NODE = !IS_BUN && !IS_DENO;
/** Whether the event loop is libuv's alone: those of Electron and NW.js are turned by Chromium's. */
const IS_LOOP_OF_NODE = IS_NODE && electron === undefined && nw === undefined;

module.exports = { IS_BUN, IS_DENO, IS_NODE, IS_LOOP_OF_NODE };
