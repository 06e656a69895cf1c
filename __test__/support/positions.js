'use strict';

/** All values of the option `position` of `native:image`. */
const positions = [
  'centre',
  'center',
  'north',
  'top',
  'northeast',
  'right top',
  'east',
  'right',
  'southeast',
  'right bottom',
  'south',
  'bottom',
  'southwest',
  'left bottom',
  'west',
  'left',
  'northwest',
  'left top',
];

module.exports = { positions };
