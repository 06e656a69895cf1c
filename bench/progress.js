'use strict';

// Shows the progress on stderr: a bar on a terminal, otherwise a line for each scenario of a round.

const { SingleBar } = require('cli-progress');

/** @returns `{ now(step), stop() }`. `now` is to be called when a step of the plan starts. */
function progressOf(total) {
  return process.stderr.isTTY ? bar(total) : lines(total);
}

function bar(total) {
  // Redrawn at most once a second, since drawing takes time from the measurement.
  const format = '{bar} {value} of {total}, {eta_formatted} left | {what}';
  const single = new SingleBar({ format, fps: 1, etaBuffer: 50 });
  single.start(total, 0, { what: '' });
  let started = 0;
  return {
    now: (step) => single.update(started++, { what: `${place(step)}: ${step.candidate}` }),
    stop: () => {
      single.update(started, { what: 'done' });
      single.stop();
    },
  };
}

function lines(total) {
  let started = 0;
  let last;
  return {
    now: (step) => {
      if (place(step) !== last) console.error(`${started} of ${total} measured; now ${place(step)}`);
      last = place(step);
      started++;
    },
    stop: () => console.error(`${started} of ${total} measured`),
  };
}

function place({ scenario, round }) {
  return `${scenario.name}, round ${round}`;
}

module.exports = { progressOf };
