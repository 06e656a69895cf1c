'use strict';

/** Why tests cannot measure the peak memory of a child process here, or false. */
const noPeakMemory =
  (process.platform === 'linux' ? false : 'the peak memory is read from /proc') ||
  (process.env.ASAN_OPTIONS === undefined ? false : 'AddressSanitizer keeps memory that was freed');

module.exports = { noPeakMemory };
