'use strict';

// The same recursion in C, without a pool, as a bound for the speed of the computation.

const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { cCompiler, compile } = require('../c-compiler');

const start = promisify(execFile);

/** The candidate for an optimization level. Its answers have `ms`, the time without the start of the process. */
function compiledWith(level) {
  return {
    name: `C ${level}`,
    kind: 'reference',
    note: `\`fib.c\`, compiled with ${level}.`,
    available: () => cCompiler() !== undefined,

    load() {
      const program = compile(level);
      const run = async ({ n }) => {
        const { stdout } = await start(program, [String(n)]);
        const [result, ms] = stdout.split(' ').map(Number);
        return { n, result, ms };
      };
      return () => ({ run });
    },
  };
}

module.exports = { atO2: compiledWith('-O2'), atO3: compiledWith('-O3') };
