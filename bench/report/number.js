'use strict';

// Numbers as people read them: three digits that count, thousands apart.

function readable(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

module.exports = { readable };
