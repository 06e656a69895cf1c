'use strict';

// How the built-in workers' input and output, which are numbers, look to callers: a codec for each,
// by the worker's name. `encode` turns the argument of `run` into the input, or throws what the task
// is to reject with; `decode` turns the input and the output into the result.

/** For a worker that takes a number and gives one. */
const number = { encode: Number, decode: (_input, output) => output };

const CODECS = { __proto__: null, 'native:fib': require('./fib') };

module.exports = { codecOf: (builtIn) => CODECS[builtIn] ?? number };
