'use strict';

// Which runtime this is, where that makes a difference.

const { bun, deno, electron, nw } = process.versions;

const IS_BUN = bun !== undefined;
const IS_DENO = deno !== undefined;

const IS_NODE = !IS_BUN && !IS_DENO;
/** Whether only libuv drives the event loop. In Electron and NW.js, Chromium drives it. */
const IS_LOOP_OF_NODE = IS_NODE && electron === undefined && nw === undefined;

module.exports = { IS_BUN, IS_DENO, IS_NODE, IS_LOOP_OF_NODE };
