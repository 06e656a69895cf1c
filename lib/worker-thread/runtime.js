'use strict';

// Which runtime this is, where it makes a difference to threads.

const { bun, deno } = process.versions;

const IS_BUN = bun !== undefined;
const IS_DENO = deno !== undefined;

module.exports = { IS_BUN, IS_DENO, IS_NODE: !IS_BUN && !IS_DENO };
