'use strict';

// Runs one measurement in a process of its own. Pools in one process would share its heap and its event loop, and the
// garbage of one would slow down the next.

const { execFile } = require('node:child_process');
const path = require('node:path');

const SCRIPT = path.join(__dirname, 'measure.js');

/**
 * Never rejects. If a candidate fails, hangs or kills its process, the result is a failure.
 * @returns {Promise<{ load: number, values: Record<string, number> } | { failure: string }>}
 */
function measure({ scenario, candidate, quick }) {
  const args = ['--expose-gc', SCRIPT, scenario.name, candidate];
  if (quick) args.push('--quick');
  const seconds = scenario.seconds ?? 60;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: seconds * 1e3, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error?.killed) resolve({ failure: `not done after ${seconds} seconds` });
      else if (error) resolve({ failure: lastLine(stderr) ?? `the process ended with ${error.signal ?? error.code}` });
      else resolve(resultOf(stdout));
    });
  });
}

function resultOf(stdout) {
  const line = lastLine(stdout);
  if (line === undefined) return { failure: 'the process ended before there was a result' };
  const { load, values } = JSON.parse(line);
  const wrong = Object.keys(values).find((key) => !isMeasured(values[key]));
  return wrong === undefined ? { load, values } : { failure: `${wrong} came out as ${JSON.stringify(values[wrong])}` };
}

/** Whether a value is a positive number: no time and no memory can be zero. */
function isMeasured(value) {
  const number = value?.moreThan ?? value;
  return Number.isFinite(number) && number > 0;
}

function lastLine(text) {
  return text.trimEnd().split('\n').pop() || undefined;
}

module.exports = { measure };
