'use strict';

// Sources of items that keep a record of what was asked of them.

/**
 * An iterable, or async iterable, of `items`, which may be endless.
 * @returns it, with `pulled`, the number of items that were taken, and `returned`, how often it was told to stop.
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

/** 0, 1, 2 and so on without end. */
function* naturals() {
  for (let n = 0; ; n++) yield n;
}

module.exports = { recorded, naturals };
