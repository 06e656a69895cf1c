'use strict';

// The codecs of the built-in workers, whose inputs and outputs are numbers.

/**
 * @typedef {object} Codec
 * @property {(data: unknown) => number} encode Converts the argument of `run` to the input, or throws what the task
 *   rejects with.
 * @property {(input: number, output: number) => unknown} decode Makes the result of the task.
 */

/**
 * For a worker that takes a number and returns one.
 * @type {Codec}
 */
const number = { encode: Number, decode: (_input, output) => output };

/** @type {{ [name: string]: Codec | null }} */
const CODECS = { __proto__: null, 'native:fib': require('./fib') };

/**
 * @param {string} builtIn The name of a worker.
 * @returns {Codec}
 */
const codecOf = (builtIn) => CODECS[builtIn] ?? number;

module.exports = { codecOf };
