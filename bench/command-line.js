'use strict';

// The command line of `node bench/run.js`.

const path = require('node:path');
const { parseArgs } = require('node:util');

const RESULTS = path.join(__dirname, 'results');
const ROUNDS = { full: 5, quick: 2 };

const OPTIONS = {
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  rounds: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};

/**
 * @param {string[]} args
 * @param {string[]} names of all scenarios
 * @returns {{ only: string[], quick: boolean, rounds: number, out: string, help: boolean }}
 * @throws {Error} that names the wrong argument
 */
function readCommandLine(args, names) {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  const quick = values.quick ?? false;
  return {
    only: scenarios(values.only, names),
    quick,
    rounds: rounds(values.rounds, quick),
    out: out(values.out, quick),
    help: values.help ?? false,
  };
}

function scenarios(given, names) {
  if (given === undefined) return names;
  const wanted = given.flatMap((list) => list.split(','));
  for (const name of wanted) {
    if (!names.includes(name)) throw new Error(`--only: there is no scenario '${name}'; there are ${names.join(', ')}`);
  }
  return names.filter((name) => wanted.includes(name));
}

function rounds(given, quick) {
  if (given === undefined) return quick ? ROUNDS.quick : ROUNDS.full;
  if (!/^[1-9]\d{0,2}$/.test(given)) throw new Error(`--rounds: must be an integer from 1 to 999, not '${given}'`);
  return Number(given);
}

function out(given, quick) {
  if (given === undefined) return quick ? path.join(RESULTS, 'quick') : RESULTS;
  if (given === '') throw new Error('--out: must be a folder, not an empty string');
  return path.resolve(given);
}

function help(names) {
  return `Measures native-worker-pool and other worker pools side by side.

    node bench/run.js [options]

  --only NAME[,NAME]  run only these scenarios; keep the results of the others
  --quick             do less work, to check that everything runs; write to bench/results/quick
  --rounds N          the number of measurements (default: ${ROUNDS.full}; with --quick, ${ROUNDS.quick})
  --out DIR           write the results here (default: bench/results)
  --help              print this help

Scenarios: ${names.join(', ')}
`;
}

module.exports = { readCommandLine, help };
