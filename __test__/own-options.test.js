'use strict';

// Which properties of the object with the options count: its own and those of its class, whatever kind they are of.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const vm = require('node:vm');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

class Limits {
  #limit = 0;
  get timeout() {
    return this.#limit;
  }
}

/** Objects that all say `timeout: 0`, with which no task ends. */
const OBJECTS = {
  'a plain object': { timeout: 0 },
  'an object without a prototype': { __proto__: null, timeout: 0 },
  'an object with a non-enumerable property': Object.defineProperty({}, 'timeout', { value: 0 }),
  'an object with a getter': {
    get timeout() {
      return 0;
    },
  },
  'an instance of a class with a getter': new Limits(),
  'an instance of a class that extends another': new (class extends Limits {})(),
  'an object with defaults for a prototype': Object.create({ timeout: 0 }),
  'an object of another realm': vm.runInNewContext('({ timeout: 0 })'),
  'an instance of a class of another realm': vm.runInNewContext('new (class { get timeout() { return 0; } })()'),
  'a proxy': new Proxy({ timeout: 0 }, {}),
};

for (const [what, options] of Object.entries(OBJECTS)) {
  test(`options may be ${what}`, async () => {
    const pool = new WorkerPool(1);
    await assert.rejects(pool.run(10, options), { code: 'ERR_POOL_TIMEOUT' });
    await assert.rejects(pool.map([10], options), { code: 'ERR_POOL_TIMEOUT' });
    await assert.rejects(pool.stream([10], options).next(), { code: 'ERR_POOL_TIMEOUT' });
    await pool.close();
  });
}

test('options are not read from the Object.prototype of another realm', async () => {
  const pool = new WorkerPool(1);
  const options = vm.runInNewContext('Object.prototype.timeout = 0; ({})');
  assert.equal((await pool.run(10, options)).result, 55);
  await pool.close();
});

test('workerOptions may be an instance of a class', async (t) => {
  class Settings {
    get workerData() {
      return 'from a getter';
    }
    get resourceLimits() {
      return new (class {
        get maxOldGenerationSizeMb() {
          return 33;
        }
      })();
    }
  }
  const file = fileOf(
    t,
    `const { workerData, resourceLimits } = require('worker_threads');
     module.exports = () => [workerData, resourceLimits.maxOldGenerationSizeMb];`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: new Settings() });
  assert.deepEqual(await pool.run(), ['from a getter', 33]);
  await pool.close();
});

test('objects nested in workerOptions are read once', async (t) => {
  const workerOptions = { env: { NAME: 'first' }, argv: ['first'], execArgv: ['--no-warnings'] };
  const file = fileOf(
    t,
    `module.exports = (data) => {
       if (data === 'die') process.exit(1);
       return [process.env.NAME, process.argv[2], process.execArgv[0]];
     };`,
  );
  const pool = new WorkerPool(1, file, { workerOptions });
  workerOptions.env.NAME = 'second';
  workerOptions.argv[0] = 'second';
  workerOptions.execArgv[0] = '--no-such-option';
  await assert.rejects(pool.run('die'));
  assert.deepEqual(await pool.run(), ['first', 'first', '--no-warnings']);
  await pool.close();
});

test('an unreadable object nested in workerOptions is named in the error', (t) => {
  const file = fileOf(t, 'module.exports = (n) => n;');
  const unreadable = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('no');
      },
    },
  );
  for (const [name, value] of Object.entries({
    env: unreadable,
    resourceLimits: unreadable,
    argv: [Object.create(null)],
    transferList: 5,
  })) {
    assert.throws(() => new WorkerPool(1, file, { workerOptions: { [name]: value } }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: `options.workerOptions.${name} could not be read`,
    });
  }
});
