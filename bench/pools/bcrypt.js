'use strict';

// bcrypt: in C++, on the thread pool of libuv.

module.exports = {
  name: 'bcrypt',
  kind: 'reference',
  package: 'bcrypt',
  note: '`hash(password, cost)`, one call at a time.',

  load() {
    const { hash } = require('bcrypt');
    return () => ({ run: ({ password, cost }) => hash(password, cost) });
  },
};
