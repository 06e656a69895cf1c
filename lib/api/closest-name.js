'use strict';

// Suggests the valid name for a misspelt one.

/** Longer names get no suggestion: the time is quadratic in the length. All valid names are shorter. */
const LONGEST = 64;

/**
 * The edit distance: how many insertions, deletions and replacements of characters, and exchanges of neighbours, turn
 * one text into the other. No character is edited twice (optimal string alignment).
 * @param {string} from
 * @param {string} to
 */
function editDistance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  let previous = row;
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = row[j] + (from[i] === to[j] ? 0 : 1);
      const isExchanged = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j];
      const exchanged = isExchanged ? previous[j - 1] + 1 : Infinity;
      next[j + 1] = Math.min(replaced, exchanged, row[j + 1] + 1, next[j] + 1);
    }
    previous = row;
    row = next;
  }
  return row[to.length];
}

/**
 * Finds the valid name with the smallest edit distance, ignoring case. It may be at most a third of the length.
 * @param {string} written
 * @param {Iterable<string>} names
 * @returns {string | undefined}
 */
function closestName(written, names) {
  if (written.length > LONGEST) return undefined;
  let closest;
  let least = Infinity;
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < least && 3 * distance <= Math.max(written.length, name.length)) {
      closest = name;
      least = distance;
    }
  }
  return closest;
}

module.exports = { closestName };
