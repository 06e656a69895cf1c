'use strict';

// Pseudorandom numbers that a seed determines.

/** The generator "mulberry32" by Tommy Ettinger, with 32 bits of state. */
function random(seed) {
  let state = seed | 0;
  /** From 0 to below 1. */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, chance: (probability) => next() < probability, pick: (values) => values[below(values.length)] };
}

module.exports = { random };
