'use strict';

// What is measured, in which order.

/**
 * Goes through all scenarios once in each round, so that a machine that is slow for some minutes is slow
 * for a round of each, not for all rounds of one. Within a scenario the candidates follow each other; who
 * is first changes from round to round, and so does who runs after whom.
 *
 * @returns {{ scenario: object, candidate: string, round: number }[]} one for each process.
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

/** Turned round in every second round, and begun one further along in the next. */
function inOrderOf(round, candidates) {
  const first = ((round - 1) >> 1) % candidates.length;
  const rotated = [...candidates.slice(first), ...candidates.slice(0, first)];
  return round % 2 === 1 ? rotated : rotated.reverse();
}

module.exports = { planOf, inOrderOf };
