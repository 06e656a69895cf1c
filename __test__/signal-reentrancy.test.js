'use strict';

// A signal may be of anybody's making, and what it does when it is asked is the caller's code. Whatever that does, each
// task settles once, with its own result or error.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const { WorkerPool } = require('./support/kinds');

/** A signal that calls `act(signal)` whenever the pool uses `hook` of it. */
class Signal {
  #aborted = false;
  #hook;
  #act;
  #isActing = false;
  listeners = new Set();
  removed = new Set();
  reason = 'because';

  constructor(hook, act) {
    this.#hook = hook;
    this.#act = act;
  }

  get aborted() {
    this.#enter('aborted');
    return this.#aborted;
  }

  addEventListener(_type, listener) {
    if (this.#hook === 'before adding') this.#enter('before adding');
    this.listeners.add(listener);
    this.#enter('after adding');
  }

  removeEventListener(_type, listener) {
    this.removed.add(listener);
    this.listeners.delete(listener);
    this.#enter('removing');
  }

  abort() {
    this.#aborted = true;
    for (const listener of [...this.listeners]) listener();
  }

  #enter(hook) {
    if (hook !== this.#hook || this.#isActing) return;
    this.#isActing = true;
    try {
      this.#act(this);
    } finally {
      this.#isActing = false;
    }
  }
}

const HOOKS = ['aborted', 'before adding', 'after adding', 'removing'];

/** What the code of a signal may do: `run` submits a task, the outcome of which is checked. */
const ACTS = {
  'runs a task': ({ run }) => run(),
  'runs a task with the same signal': ({ run }, signal) => run({ signal }),
  'aborts the tasks of another signal': ({ other }) => other.abort(),
  'aborts itself': (_, signal) => signal.abort(),
  'aborts all, and runs another task': ({ run, other }, signal) => {
    other.abort();
    signal.abort();
    run();
  },
  'calls its listeners though it has not aborted': (_, signal) => {
    for (const listener of [...signal.listeners, ...signal.listeners]) listener();
  },
  'calls removed listeners': (_, signal) => {
    for (const listener of signal.removed) listener();
  },
  'maps with the same signal': ({ pool, note }, signal) => note(pool.map([10, 11], { signal })),
  'streams with the same signal': ({ pool, note }, signal) => note(pool.stream([10, 11], { signal }).next()),
  'reads the counts': ({ pool }) => pool.stats(),
  throws: () => {
    throw new Error('from the signal');
  },
  'closes the pool': ({ pool, note }) => note(pool.close()),
  'closes the pool by force': ({ pool, note }) => note(pool.close({ force: true })),
};

/** A pool and its tasks: each has a number of its own, and its outcome is checked when all have one. */
class Trial {
  pool;
  other = new AbortController();
  outcomes = [];
  #next = 0;

  constructor(maxQueue) {
    this.pool = new WorkerPool(1, 'native:fib', { maxQueue });
  }

  run = (options) => {
    const n = this.#next++ % 20;
    this.note(
      this.pool.run(n, options).then((result) => {
        assert.equal(result.n, n, 'the result is its own');
      }),
    );
  };

  note = (promise) => {
    const outcome = promise.then(
      () => 'ok',
      (error) => {
        assert.match(error.code, /^(ABORT_ERR|ERR_POOL_CLOSED|ERR_POOL_QUEUE_FULL|ERR_INVALID_ARG_VALUE)$/);
        return error.code;
      },
    );
    this.outcomes.push(outcome);
  };

  async end() {
    // Those that settle may submit more.
    for (let settled = 0; settled < this.outcomes.length; ) {
      const count = this.outcomes.length;
      await Promise.all(this.outcomes);
      settled = count;
    }
    const { submitted, completed, failed, aborted, queued, running } = this.pool.stats();
    assert.equal(submitted, completed + failed + aborted);
    assert.deepEqual([queued, running], [0, 0]);
    // The pool is as good as before.
    this.run();
    await Promise.all(this.outcomes);
    await this.pool.close();
  }
}

for (const [what, act] of Object.entries(ACTS)) {
  test(`a pool works with a foreign signal that ${what} whenever the pool accesses it`, async () => {
    for (const hook of HOOKS) {
      for (const maxQueue of [Infinity, 0, 2]) {
        for (const before of [0, 1, 3]) {
          const trial = new Trial(maxQueue);
          const signal = new Signal(hook, (self) => act(trial, self));
          // Tasks of another signal, which that of ours may be the last to outlive.
          for (let i = 0; i < before; i++) trial.run({ signal: trial.other.signal });
          trial.run({ signal });
          trial.run({ signal, priority: 1 });
          trial.note(trial.pool.map([1, 2, 3], { signal }));
          trial.note(trial.pool.stream([1, 2, 3], { signal }).next());
          trial.run();
          await Promise.resolve();
          signal.abort();
          await trial.end();
          assert.equal(signal.listeners.size, 0, `${hook}: none of its listeners is left`);
        }
      }
    }
  });
}

test('an abort in an async_hooks hook, after the signal was checked, aborts the task', async () => {
  const pool = new WorkerPool(1);
  await pool.run(1);
  const controller = new AbortController();
  const hook = createHook({ init: () => controller.abort('in between') }).enable();
  const task = pool.run(78, { signal: controller.signal });
  hook.disable();
  await assert.rejects(task, { code: 'ABORT_ERR', cause: 'in between' });
  await pool.close();
});

test('a task can be aborted after a stream has released the listener that both share', async () => {
  const pool = new WorkerPool(1);
  let left;
  const signal = new Signal('aborted', () => {
    if (signal.listeners.size === 0 || left !== undefined) return;
    const stream = pool.stream([78], { signal });
    left = stream.next();
    stream.return();
  });
  const hours = pool.run(78, { signal });
  assert.deepEqual(await left, { done: true, value: undefined });
  signal.abort();
  await assert.rejects(hours, { code: 'ABORT_ERR', cause: 'because' });
  await pool.close();
});

test("stream.next called by the source's return() settles", async () => {
  const pool = new WorkerPool(1);
  let nested;
  const stream = pool.stream({
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 1 }),
      return: () => {
        nested = stream.next();
        return {};
      },
    }),
  });
  await stream.next();
  assert.deepEqual(await stream.return(7), { done: true, value: 7 });
  assert.deepEqual(await nested, { done: true, value: undefined });
  await pool.close();
});
