'use strict';

// Runs the benchmarks, see --help. It writes results to bench/results/ and the progress to stderr.

const { help, readCommandLine } = require('./command-line');
const { ensureInstalled } = require('./dependencies');
const { SCENARIOS } = require('./scenarios');

async function main() {
  const names = SCENARIOS.map(({ name }) => name);
  const options = readCommandLine(process.argv.slice(2), names);
  if (options.help) {
    process.stdout.write(help(names));
    return;
  }
  ensureInstalled();
  await require('./suite').run(options); // loads the installed dependencies
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
