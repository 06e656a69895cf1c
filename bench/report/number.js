'use strict';

// Formats numbers for readers: three significant digits from 1 on, two below, with thousands separators.

function readable(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(value >= 1 ? 3 : 2)));
}

module.exports = { readable };
