'use strict';

// Which name a misspelt one was meant to be.

/** No name is as long. */
const LONGEST = 64;

/** How many insertions, deletions and replacements of characters lead from one text to the other. */
function editDistance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = row[j] + (from[i] === to[j] ? 0 : 1);
      next[j + 1] = Math.min(replaced, row[j + 1] + 1, next[j] + 1);
    }
    row = next;
  }
  return row[to.length];
}

/** The name that differs least from what was written, if at most a third of it differs. Case does not count. */
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
