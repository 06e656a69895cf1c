'use strict';

// Formats numbers for readers: two or three significant digits, with thousands separators.

function readable(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

module.exports = { readable };
