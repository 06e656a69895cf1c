'use strict';

// Sources of items that record the calls of their consumer.

/**
 * Makes an iterable, or an async iterable, of `items`, which may be infinite.
 * @returns the iterable, with the counts `opened` (iterators), `pulled` (items) and `returned` (calls of `return`).
 */
function recorded(items, { isAsync = false } = {}) {
  const record = { pulled: 0, returned: 0, opened: 0 };
  const open = () => {
    record.opened++;
    const iterator = items[Symbol.iterator]();
    const wrap = (step) => (isAsync ? Promise.resolve(step) : step);
    return {
      next() {
        const step = iterator.next();
        if (!step.done) record.pulled++;
        return wrap(step);
      },
      return() {
        record.returned++;
        return wrap({ done: true, value: undefined });
      },
    };
  };
  record[isAsync ? Symbol.asyncIterator : Symbol.iterator] = open;
  return record;
}

/** Yields 0, 1, 2 and so on, without end. */
function* naturals() {
  for (let n = 0; ; n++) yield n;
}

module.exports = { recorded, naturals };
