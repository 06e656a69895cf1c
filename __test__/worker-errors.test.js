'use strict';

// What an error keeps on its way from a worker file to the caller of `run`.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

/** A pool of which the task `name` throws what the function of that name in the source of an object returns. */
function poolThrowing(t, makers, setup = '') {
  const file = fileOf(t, `${setup}; const makers = ${makers}; module.exports = (name) => { throw makers[name](); };`);
  const pool = new WorkerPool(1, file);
  t.after(() => pool.close());
  return { pool, thrown: (name) => failureOf(pool, name) };
}

/** What a task rejects with. */
const failureOf = (pool, data, options) =>
  pool.run(data, options).then(
    () => assert.fail('it has a result'),
    (reason) => reason,
  );

const isEnumerable = (object, key) => Object.getOwnPropertyDescriptor(object, key).enumerable;

/** Makes an error that is hard to carry. */
const HARD = `(() => {
    const error = require('node:vm').runInNewContext('new RangeError("of another realm")');
    Object.defineProperty(error, 'issues', { value: [1], enumerable: false });
    error.response = { status: 404, request: { on() {} } };
    error.cause = new AggregateError([new WebAssembly.LinkError('linked')], 'several');
    return error;
  })()`;

function assertIsHard(error) {
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, 'of another realm');
  assert.deepEqual(error.issues, [1]);
  assert.equal(isEnumerable(error, 'issues'), false);
  assert.deepEqual(error.response, { status: 404, request: {} });
  assert.ok(error.cause instanceof AggregateError);
  assert.ok(error.cause.errors[0] instanceof WebAssembly.LinkError);
}

/** Where an error may come from, as the source of a worker file. */
const SOURCES = {
  'a function throws it': `module.exports = () => { throw ${HARD}; };`,
  'a function rejects with it': `module.exports = async () => { throw ${HARD}; };`,
  'a function rejects with it later': `
    module.exports = () => new Promise((_, reject) => setImmediate(() => reject(${HARD})));`,
  'a callback of a function throws it': `
    module.exports = () => new Promise(() => setImmediate(() => { throw ${HARD}; }));`,
  'it is an unhandled rejection': `module.exports = () => new Promise(() => Promise.reject(${HARD}));`,
  'a listener throws it': `require('worker_threads').parentPort.on('message', () => { throw ${HARD}; });`,
  'a listener throws it later': `
    require('worker_threads').parentPort.on('message', () => setImmediate(() => { throw ${HARD}; }));`,
  'the file throws it': `throw ${HARD};`,
};

for (const [how, source] of Object.entries(SOURCES)) {
  test(`an error arrives with its class, properties and cause: ${how}`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, source));
    assertIsHard(await failureOf(pool));
    await pool.close();
  });
}

test('an error arrives with its class, properties and cause: it is the reason of an abort', async (t) => {
  const file = fileOf(
    t,
    `let seen;
     module.exports = async (data, { signal, progress }) => {
       if (data === 'what was seen') return seen;
       progress('started');
       await require('node:events').once(signal, 'abort');
       const { reason } = signal;
       const hidden = Object.getOwnPropertyDescriptor(reason, 'issues');
       seen = [reason instanceof RangeError, reason.cause.errors[0] instanceof WebAssembly.LinkError, hidden,
         reason.response];
     };`,
  );
  const pool = new WorkerPool(1, file, { abortTimeout: 60_000 });
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Function('require', `return ${HARD}`)(require));
  await failureOf(pool, undefined, { signal: controller.signal, onProgress });
  const hidden = { value: [1], writable: true, enumerable: false, configurable: true };
  const seen = await pool.run('what was seen'); // by the same thread
  assert.deepEqual(seen, [true, true, hidden, { status: 404, request: {} }]);
  await pool.close();
});

test('properties of an error keep their names, values and enumerability', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       hidden: () => Object.defineProperty(new Error('m'), 'issues', { value: [1], enumerable: false }),
       symbols: () => Object.assign(new Error('m'), { [Symbol.for('shared')]: 1, [Symbol('own')]: 2 }),
       names: () => Object.assign(new Error('m'), { class: 1, properties: 2, fields: 3, keys: 4, value: 5, 0: 6 }),
       prototype: () => Object.defineProperty(new Error('m'), '__proto__', { value: { polluted: 1 }, enumerable: true }),
       below: () => Object.assign(new Error('m'), { list: JSON.parse('[{ "__proto__": { "polluted": 1 } }]') }),
       visible: () => { const error = new Error('m'); error.cause = 'why'; return error; },
       usual: () => Object.assign(new Error('m', { cause: 'why' }), { name: 'Mine' }),
     }`,
  );
  const hidden = await thrown('hidden');
  assert.deepEqual(hidden.issues, [1]);
  assert.equal(isEnumerable(hidden, 'issues'), false);

  const symbols = await thrown('symbols');
  assert.deepEqual(Object.getOwnPropertySymbols(symbols), [Symbol.for('shared')]);
  assert.equal(symbols[Symbol.for('shared')], 1);

  const { ...names } = await thrown('names');
  assert.deepEqual(names, { 0: 6, class: 1, properties: 2, fields: 3, keys: 4, value: 5 });

  const prototype = await thrown('prototype');
  assert.equal(Object.getPrototypeOf(prototype), Error.prototype);
  assert.deepEqual(Object.getOwnPropertyDescriptor(prototype, '__proto__').value, { polluted: 1 });
  const { list } = await thrown('below');
  assert.equal(list[0].polluted, undefined);
  assert.equal(Object.hasOwn(list[0], '__proto__'), true);

  assert.equal(isEnumerable(await thrown('visible'), 'cause'), true);
  const usual = await thrown('usual');
  for (const key of ['message', 'name', 'stack', 'cause']) assert.equal(isEnumerable(usual, key), false);
});

test('a getter of an error is read once, and a getter that throws omits only itself', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       once: () => {
         let reads = 0;
         class Own extends Error {}
         const error = new Own('m');
         Object.defineProperty(error, 'reads', { get: () => ++reads, enumerable: true });
         error.nested = { get reads() { return ++reads; } };
         error.instance = Object.defineProperty(new (class Plain {})(), 'reads', { get: () => ++reads, enumerable: true });
         return error;
       },
       throwing: () => {
         const fail = () => { throw new Error('not this one'); };
         const error = Object.assign(new TypeError('m'), { code: 'E', data: { get bad() { return fail(); }, good: 1 } });
         Object.defineProperty(error, 'bad', { get: fail, enumerable: true });
         return Object.assign(error, { last: 1 });
       },
       texts: () => {
         const error = Object.defineProperty(new RangeError('m'), 'stack', { get() { throw 1; } });
         return Object.defineProperty(error, 'message', { get() { throw 1; } });
       },
     }`,
  );
  const once = await thrown('once');
  assert.deepEqual([once.reads, once.nested, once.instance], [1, { reads: 2 }, { reads: 3 }]);
  const throwing = await thrown('throwing');
  assert.ok(throwing instanceof TypeError);
  assert.deepEqual({ ...throwing }, { code: 'E', data: { good: 1 }, last: 1 });
  const texts = await thrown('texts');
  assert.ok(texts instanceof RangeError);
  assert.deepEqual([texts.message, texts.stack], ['', 'RangeError']);
});

/** The built-in classes of errors whose constructors need nothing but a message, by how to name them. */
const CLASSES = [
  ...['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'],
  ...['CompileError', 'LinkError', 'RuntimeError', 'SuspendError'].map((name) => `WebAssembly.${name}`),
];

const classAt = (path) => path.split('.').reduce((object, name) => object?.[name], globalThis);

for (const [where, make] of [
  ['of this realm', (path) => `new ${path}('m')`],
  ['of another realm', (path) => `require('node:vm').runInNewContext("new ${path}('m')")`],
]) {
  for (const path of CLASSES) {
    test(`an error ${where} keeps its class: ${path}`, { skip: classAt(path) === undefined }, async (t) => {
      const { thrown } = poolThrowing(t, `{ it: () => Object.assign(${make(path)}, { code: 'E' }) }`);
      const error = await thrown('it');
      assert.equal(Object.getPrototypeOf(error), classAt(path).prototype);
      assert.equal(Object.prototype.toString.call(error), '[object Error]');
      assert.deepEqual([error.message, error.code], ['m', 'E']);
      assert.match(error.stack, /worker\.js|evalmachine/);
    });
  }

  test(`an AggregateError ${where} keeps its errors`, async (t) => {
    const source = "new AggregateError([new RangeError('one'), 2, () => {}], 'all')";
    const { thrown } = poolThrowing(
      t,
      `{ it: () => ${where === 'of this realm' ? source : `require('node:vm').runInNewContext(${JSON.stringify(source)})`} }`,
    );
    const error = await thrown('it');
    assert.ok(error instanceof AggregateError);
    assert.equal(isEnumerable(error, 'errors'), false);
    assert.ok(error.errors[0] instanceof RangeError);
    assert.deepEqual(error.errors.slice(1), [2, '() => {}']);
  });
}

test('a SuppressedError keeps both errors', { skip: globalThis.SuppressedError === undefined }, async (t) => {
  const { thrown } = poolThrowing(t, "{ it: () => new SuppressedError(new RangeError('a'), new TypeError('b'), 'm') }");
  const error = await thrown('it');
  assert.ok(error instanceof globalThis.SuppressedError);
  assert.ok(error.error instanceof RangeError);
  assert.ok(error.suppressed instanceof TypeError);
  assert.equal(error.message, 'm');
});

test('a DOMException keeps its name, code and cause', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       caused: () => new DOMException('m', { name: 'DataCloneError', cause: new TypeError('why') }),
       named: () => Object.defineProperty(new DOMException('m', 'AbortError'), 'name', { value: 'Mine' }),
     }`,
  );
  const caused = await thrown('caused');
  assert.ok(caused instanceof DOMException);
  assert.deepEqual([caused.name, caused.code, caused.message], ['DataCloneError', 25, 'm']);
  assert.ok(caused.cause instanceof TypeError);
  const named = await thrown('named');
  assert.deepEqual([named.name, named.code], ['Mine', 20]);
});

const { bun, deno } = process.versions; // they have no `moveMessagePortToContext`
test('a DOMException of another realm arrives as a DOMException', { skip: (bun ?? deno) !== undefined }, async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       foreign: () => {
         const { MessageChannel, moveMessagePortToContext } = require('node:worker_threads');
         const port = moveMessagePortToContext(new MessageChannel().port1, require('node:vm').createContext());
         try { port.postMessage(() => {}); } catch (error) { return error; } finally { port.close(); }
       },
     }`,
  );
  const foreign = await thrown('foreign');
  assert.ok(foreign instanceof DOMException);
  assert.deepEqual([foreign.name, foreign.code], ['DataCloneError', 25]);
});

const quota = globalThis.QuotaExceededError;
test('a QuotaExceededError keeps its quota and requested', { skip: quota === undefined }, async (t) => {
  const { thrown } = poolThrowing(t, "{ it: () => new QuotaExceededError('m', { quota: 5, requested: 7 }) }");
  const error = await thrown('it');
  assert.ok(error instanceof quota);
  assert.deepEqual([error.message, error.code, error.quota, error.requested], ['m', 22, 5, 7]);
});

test("an error's class is decided by the runtime's built-in classes, not by its name or constructor", async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       named: () => new (class TypeError extends Error {})('m'),
       constructed: () => {
         class Own extends RangeError {}
         Own.prototype.constructor = TypeError;
         return new Own('m');
       },
       without: () => Object.setPrototypeOf(new TypeError('m'), null),
       old: () => {
         function Old() { this.message = 'm'; }
         Old.prototype = Object.create(SyntaxError.prototype, { name: { value: 'Old' } });
         return new Old();
       },
       fake: () => Object.assign(Object.create(DOMException.prototype), { code2: 5 }),
     }`,
  );
  assert.equal(Object.getPrototypeOf(await thrown('named')), Error.prototype);
  assert.equal(Object.getPrototypeOf(await thrown('constructed')), RangeError.prototype);
  assert.equal(Object.getPrototypeOf(await thrown('without')), Error.prototype);
  const old = await thrown('old');
  assert.ok(old instanceof SyntaxError);
  assert.deepEqual([old.name, old.message], ['Old', 'm']);
  assert.equal((await thrown('fake')).code2, 5);
});

test("the parts of an error's property that can be cloned arrive", async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       it: () => {
         const shared = { on() {}, n: 1 };
         shared.self = shared;
         return Object.assign(new Error('m'), {
           response: { status: 404, request: { on() {} } },
           list: [1, () => {}, Symbol('own'), shared, , 5],
           map: new Map([[shared, () => {}], ['kept', shared], [() => {}, 2]]),
           set: new Set([shared, () => {}, 3]),
           call: () => {},
           proxy: new Proxy({ a: 1, b: () => {} }, {}),
           proxyOfList: new Proxy([1, () => {}, 3], {}),
           promise: Object.assign(Promise.resolve(1), { label: 'kept' }),
           instance: new (class Own { #secret = 1; data = { f() {}, n: 2 }; })(),
           match: /b/.exec('abc'),
           reached: (function () { return arguments; })(1, () => {}),
           shared,
           registered: Symbol.for('shared'),
         });
       },
     }`,
  );
  const error = await thrown('it');
  const { shared } = error;
  assert.deepEqual({ ...shared, self: undefined }, { n: 1, self: undefined });
  assert.equal(shared.self, shared);
  assert.deepEqual(error.response, { status: 404, request: {} });
  const list = [];
  list.length = 6;
  Object.assign(list, { 0: 1, 3: shared, 5: 5 });
  assert.deepEqual(error.list, list);
  assert.equal(error.list[3], shared);
  assert.deepEqual([...error.map], [['kept', shared]]);
  assert.deepEqual([...error.set], [shared, 3]);
  assert.equal('call' in error, false);
  assert.deepEqual(error.proxy, { a: 1 });
  assert.deepEqual(error.proxyOfList, Object.assign(new Array(3), { 0: 1, 2: 3 }));
  assert.deepEqual(error.promise, { label: 'kept' });
  assert.deepEqual(error.instance, { data: { n: 2 } });
  assert.deepEqual([error.match.index, error.match.input, error.match[0]], [1, 'abc', 'b']);
  assert.deepEqual(error.reached, { 0: 1 });
  assert.equal(error.registered, Symbol.for('shared'));
});

test('properties of an error that structuredClone supports arrive as their clones', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       it: () => {
         const buffer = new ArrayBuffer(8);
         const detached = new ArrayBuffer(8);
         const view = new Uint8Array(detached);
         structuredClone(detached, { transfer: [detached] });
         return Object.assign(new Error('m'), {
           date: new Date(5), pattern: /a/gi, big: 5n, zero: -0, nan: NaN, nothing: undefined, none: null,
           boxed: [Object('ab'), Object(1), Object(true), Object(5n)],
           buffer, views: [new Uint8Array(buffer, 2, 3), new DataView(buffer, 1)], bytes: Buffer.from('hello'),
           shared: new SharedArrayBuffer(4), detached, view,
           module: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
           key: require('node:crypto').createSecretKey(Buffer.from('key')),
           blob: new Blob(['text']),
         });
       },
     }`,
  );
  const error = await thrown('it');
  assert.deepEqual(error.date, new Date(5));
  assert.deepEqual(error.pattern, /a/gi);
  assert.equal(error.big, 5n);
  assert.ok(Object.is(error.zero, -0) && Object.is(error.nan, NaN) && error.none === null);
  assert.ok(Object.hasOwn(error, 'nothing'));
  assert.deepEqual(error.boxed, [Object('ab'), Object(1), Object(true), Object(5n)]);
  assert.equal(error.views[0].buffer, error.buffer);
  assert.equal(error.views[1].buffer, error.buffer);
  assert.deepEqual([error.views[0].byteOffset, error.views[0].length], [2, 3]);
  assert.equal(Buffer.from(error.bytes).toString(), 'hello');
  assert.ok(error.shared instanceof SharedArrayBuffer);
  assert.deepEqual([error.detached, error.view], [{}, {}]);
  assert.ok(error.module instanceof WebAssembly.Module);
  assert.equal(error.key.export().toString(), 'key');
  assert.equal(await error.blob.text(), 'text');
});

test('nested errors keep their class at any place and depth', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       within: () => {
         const error = new Error('m');
         const inner = Object.assign(new RangeError('inner'), { outer: error });
         error.list = [[inner]];
         error.object = { a: { b: inner } };
         error.map = new Map([[inner, { inner }]]);
         error.set = new Set([inner]);
         return error;
       },
       chain: () => {
         let error = new TypeError('the last');
         for (let i = 0; i < 10_000; i++) error = new RangeError(String(i), { cause: error });
         return error;
       },
       nest: () => {
         let value = new TypeError('the last');
         for (let i = 0; i < 10_000; i++) value = i % 2 === 0 ? [value] : { value };
         return Object.assign(new Error('m'), { value });
       },
     }`,
  );
  const error = await thrown('within');
  const [[inner]] = error.list;
  assert.ok(inner instanceof RangeError);
  assert.equal(inner.outer, error);
  assert.equal(error.object.a.b, inner);
  assert.equal(error.map.get(inner).inner, inner);
  assert.ok(error.set.has(inner));

  let cause = await thrown('chain');
  for (let i = 9_999; i >= 0; i--, cause = cause.cause) {
    assert.ok(cause instanceof RangeError);
    assert.equal(cause.message, String(i));
  }
  assert.ok(cause instanceof TypeError);

  let { value } = await thrown('nest');
  for (let i = 9_999; i >= 0; i--) value = i % 2 === 0 ? value[0] : value.value;
  assert.ok(value instanceof TypeError);
});

test('errors of many megabytes arrive', async (t) => {
  const { thrown } = poolThrowing(
    t,
    `{
       it: () => {
         const buffer = new ArrayBuffer(1e7);
         return Object.assign(new Error('x'.repeat(1e7)), {
           text: 'y'.repeat(1e7),
           views: Array.from({ length: 1000 }, (_, i) => new Uint8Array(buffer, i)),
           numbers: Array.from({ length: 300_000 }, (_, i) => i),
           call: () => {},
         });
       },
     }`,
  );
  const error = await thrown('it');
  assert.equal(error.message.length, 1e7);
  assert.equal(error.text.length, 1e7);
  assert.equal(error.views.length, 1000);
  assert.ok(error.views.every((view, i) => view.buffer === error.views[0].buffer && view.byteOffset === i));
  assert.equal(error.numbers[299_999], 299_999);
});

test('an error whose getters or proxies create objects without end is cut off', async (t) => {
  const { pool, thrown } = poolThrowing(
    t,
    `{
       getters: () => {
         const more = () => ({ get next() { return more(); } });
         return Object.assign(new Error('m'), { more: more(), real: Array.from({ length: 1000 }, (_, i) => ({ i })) });
       },
       errors: () => {
         const more = () => Object.defineProperty(new Error('m'), 'cause', { get: more });
         return more();
       },
       proxies: () => {
         const names = Array.from({ length: 1000 }, (_, i) => 'p' + i);
         const more = () => new Proxy({}, {
           ownKeys: () => names,
           getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
           get: more,
         });
         return Object.assign(new Error('m'), { more: more() });
       },
       chains: () => {
         const more = () => new Proxy({}, { getPrototypeOf: more });
         return Object.assign(new Error('m'), { more: more() });
       },
     }`,
  );
  const { more, real } = await thrown('getters');
  assert.equal(real.length, 1000);
  assert.equal(real[999].i, 999);
  let depth = 0;
  for (let object = more; object !== undefined; object = object.next) depth++;
  assert.ok(depth > 10_000, `${depth} objects`);
  for (const name of ['errors', 'proxies', 'chains']) assert.equal((await thrown(name)).message, 'm');
  assert.equal(pool.stats().crashes, 0);
});

test('any thrown value arrives, and the thread continues', async (t) => {
  const { pool, thrown } = poolThrowing(
    t,
    `{
       null: () => null,
       undefined: () => undefined,
       number: () => -0,
       bigint: () => 5n,
       text: () => 'text',
       function: () => function named() {},
       symbol: () => Symbol('own'),
       registered: () => Symbol.for('shared'),
       list: () => [new TypeError('inner'), () => {}],
       class: () => new (class Own { n = 1; call() {} })(),
       date: () => new Date(5),
       map: () => new Map([[1, new RangeError('m')]]),
       promise: () => Promise.resolve(1),
       thenable: () => ({ get then() { throw 1; }, n: 1 }),
       toString: () => ({ toString() { throw 1; }, [Symbol.toPrimitive]() { throw 2; }, n: 1 }),
       functionThatThrows: () => Object.assign(() => {}, { toString() { throw 1; } }),
       nothingToSay: () => Object.assign(new Error('m'), { cause: Object.assign(() => {}, { toString: null }) }),
       revoked: () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
       revokedList: () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return { n: 1, proxy }; },
       proxy: () => new Proxy(new RangeError('m'), {}),
       withoutPrototype: () => Object.assign(Object.create(null), { n: 1 }),
       message: () => Object.assign(new Error(), { message: Object.create(null), name: 6, stack: 5 }),
     }`,
  );
  const expected = {
    null: null,
    undefined: undefined,
    number: -0,
    bigint: 5n,
    text: 'text',
    function: 'function named() {}',
    symbol: 'Symbol(own)',
    registered: Symbol.for('shared'),
    class: { n: 1 },
    date: new Date(5),
    promise: {},
    thenable: { n: 1 },
    toString: { n: 1 },
    functionThatThrows: '() => {}',
    revoked: {},
    revokedList: { n: 1, proxy: {} },
    withoutPrototype: { n: 1 },
  };
  for (const [name, value] of Object.entries(expected)) assert.deepStrictEqual(await thrown(name), value, name);
  const list = await thrown('list');
  assert.ok(list[0] instanceof TypeError);
  assert.equal(list.length, 2);
  assert.equal(1 in list, false);
  assert.ok((await thrown('map')).get(1) instanceof RangeError);
  assert.equal((await thrown('nothingToSay')).cause, '() => {}');
  const proxy = await thrown('proxy');
  assert.ok(proxy instanceof RangeError);
  assert.equal(proxy.message, 'm');
  const { message, name, stack } = await thrown('message');
  assert.deepEqual({ message, name, stack }, { message: '[object Object]', name: '6', stack: '5' });
  assert.equal(pool.stats().crashes, 0);
});
