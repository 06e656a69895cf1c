'use strict';

// @mongodb-js/zstd: libzstd on libuv's thread pool, limited to one thread.

module.exports = {
  name: '@mongodb-js/zstd',
  kind: 'reference',
  package: '@mongodb-js/zstd',
  note:
    '`compress(data, level)` and `decompress(data)` on one libuv thread (`UV_THREADPOOL_SIZE=1`). Version 1.2.2 ' +
    'ignores the level and always uses 3.',

  load() {
    process.env.UV_THREADPOOL_SIZE = '1'; // libuv reads this when it starts its threads
    const { compress, decompress } = require('@mongodb-js/zstd');
    const tasks = { compress: ({ data, level }) => compress(data, level), decompress: ({ data }) => decompress(data) };
    return (_size, { task }) => ({ run: tasks[task] });
  },
};
