'use strict';

// The order of the measurements.

/**
 * Plans all scenarios once in each round. If the machine is slow for some minutes, that affects one round of several
 * scenarios, and not all rounds of one. In each round the candidates of a scenario run in another order.
 *
 * @returns {{ scenario: object, candidate: string, round: number }[]} a step for each process.
 */
function planOf(scenarios, { rounds, quick }, isAvailable) {
  const steps = [];
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of scenarios) {
      if (round > (scenario.maxRounds ?? rounds)) continue;
      const candidates = inOrderOf(round, scenario.candidates.filter(isAvailable));
      for (let i = 0; i < (quick ? 1 : (scenario.processes ?? 1)); i++) {
        for (const candidate of candidates) steps.push({ scenario, candidate, round });
      }
    }
  }
  return steps;
}

/** Reverses the order in every second round, and rotates it by one in the next. */
function inOrderOf(round, candidates) {
  const first = ((round - 1) >> 1) % candidates.length;
  const rotated = [...candidates.slice(first), ...candidates.slice(0, first)];
  return round % 2 === 1 ? rotated : rotated.reverse();
}

module.exports = { planOf, inOrderOf };
