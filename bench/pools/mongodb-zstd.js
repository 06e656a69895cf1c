'use strict';

// @mongodb-js/zstd: libzstd, on the thread pool of libuv.

module.exports = {
  name: '@mongodb-js/zstd',
  kind: 'reference',
  package: '@mongodb-js/zstd',
  note: '`compress(data, level)` and `decompress(data)`, one call at a time. Version 1.2.2 ignores the level: it is always 3.',

  load() {
    const { compress, decompress } = require('@mongodb-js/zstd');
    const tasks = { compress: ({ data, level }) => compress(data, level), decompress: ({ data }) => decompress(data) };
    return (_size, { task }) => ({ run: tasks[task] });
  },
};
