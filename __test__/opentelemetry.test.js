'use strict';

// examples/opentelemetry.js with the SDK of OpenTelemetry and its exporter to memory.

const { after, beforeEach, test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const diagnostics = require('node:diagnostics_channel');
const { WorkerPool, workers } = require('./support/kinds');
const { exampleFile, requireThere, skip } = require('./support/examples');
const { fileOf } = require('./support/files');

const channel = diagnostics.tracingChannel('native-worker-pool:run');

/** The libraries, a tracer provider that all tests share, and the example. Undefined if they are not installed. */
const { api, exporter, provider, example } = skip === false ? libraries() : {};

function libraries() {
  const api = requireThere('@opentelemetry/api');
  const sdk = requireThere('@opentelemetry/sdk-trace-node');
  const exporter = new sdk.InMemorySpanExporter();
  const provider = new sdk.NodeTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] });
  provider.register();
  return { api, exporter, provider, example: requireThere('./opentelemetry') };
}

beforeEach(() => exporter?.reset());
after(() => provider?.shutdown());

/** Traces tasks until the test ends. */
function traced(t) {
  t.after(example.traceTasks());
}

/** Runs `work` within a span. @returns the span, when both have ended. */
async function within(name, work) {
  return api.trace.getTracer('test').startActiveSpan(name, async (span) => {
    await work(span);
    span.end();
    return span;
  });
}

const idOf = (span) => span.spanContext().spanId;
const named = (name) => exporter.getFinishedSpans().filter((span) => span.name === name);

/** Creates a worker file. Each of its tasks creates a span, and returns the ids of the parent of this span. */
function tracedWorkerFile(t) {
  return fileOf(
    t,
    `const { trace } = require(${JSON.stringify(requireThere.resolve('@opentelemetry/api'))});
     const { NodeTracerProvider } = require(${JSON.stringify(requireThere.resolve('@opentelemetry/sdk-trace-node'))});
     const { continueTrace } = require(${JSON.stringify(exampleFile('opentelemetry.js'))});
     new NodeTracerProvider().register();
     module.exports = continueTrace((data) =>
       trace.getTracer('worker').startActiveSpan('step', async (span) => {
         await null;
         const active = trace.getActiveSpan();
         span.end();
         const { traceId, spanId } = span.parentSpanContext ?? {};
         return { data, traceId, parent: spanId, isActive: active === span };
       }));`,
  );
}

test('each task has a span, whose parent is the span that is active when run is called', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(1, workers.fib);
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => within(name, () => Promise.all([pool.run(20), pool.run(21)]))),
  );
  const spans = named(`run ${pool.workerFile}`);
  assert.equal(spans.length, 4);
  for (const parent of [first, second]) {
    const children = spans.filter(({ parentSpanContext }) => parentSpanContext.spanId === idOf(parent));
    assert.equal(children.length, 2);
    for (const child of children) assert.equal(child.spanContext().traceId, parent.spanContext().traceId);
  }
  assert.deepEqual(spans[0].attributes, {
    'worker_pool.worker': pool.workerFile,
    'worker_pool.size': 1,
    'worker_pool.queue_depth': 0,
  });
  await pool.close();
});

test('the same span is active after the task as before it', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(2, workers.fib);
  await Promise.all(
    ['one', 'two'].map((name) =>
      within(name, async (span) => {
        await pool.run(20);
        assert.equal(api.trace.getActiveSpan(), span);
        for await (const _ of pool.stream([1, 2])) assert.equal(api.trace.getActiveSpan(), span);
        await within('after', () => {});
      }),
    ),
  );
  const parents = new Set(named('after').map(({ parentSpanContext }) => parentSpanContext.spanId));
  assert.deepEqual([...parents].sort(), [...named('one'), ...named('two')].map(idOf).sort());
  await pool.close();
});

test('the tasks of map and stream are children of the caller', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(2, workers.fib);
  const items = Array.from({ length: 20 }, (_, i) => i); // more than are in flight at a time
  const parent = await within('all', async () => {
    await pool.map(items);
    for await (const _ of pool.stream(items));
  });
  const spans = named(`run ${pool.workerFile}`);
  assert.equal(spans.length, 40);
  for (const span of spans) assert.equal(span.parentSpanContext?.spanId, idOf(parent));
  await pool.close();
});

test('a span lasts from run to the outcome', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (ms) => new Promise((r) => setTimeout(r, ms));'));
  await pool.run(0);
  exporter.reset();
  await within('parent', () => Promise.all([pool.run(30), pool.run(0)]));
  const milliseconds = ({ duration: [seconds, nanoseconds] }) => 1e3 * seconds + nanoseconds / 1e6;
  const [longer, waiting] = named(`run ${pool.workerFile}`);
  assert.ok(milliseconds(longer) >= 29, `${milliseconds(longer)}`);
  assert.ok(milliseconds(waiting) >= 29, `the second task waits for the first: ${milliseconds(waiting)}`);
  await pool.close();
});

test('the span of a failed task has its error', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(1, 'native', { maxQueue: 0 });
  const endless = pool.run(78, { name: 'fib' });
  await assert.rejects(pool.run('no data', { name: 'hash' }), { code: 'ERR_POOL_QUEUE_FULL' });
  const closed = assert.rejects(endless, { code: 'ERR_POOL_CLOSED' });
  await pool.close({ force: true });
  await closed;
  const [refused] = named('run hash');
  assert.equal(refused.status.code, api.SpanStatusCode.ERROR);
  assert.equal(refused.status.message, 'Backpressure: task queue is full');
  assert.equal(refused.attributes['error.type'], 'ERR_POOL_QUEUE_FULL');
  assert.equal(refused.events[0].name, 'exception');
  assert.equal(named('run fib')[0].attributes['error.type'], 'ERR_POOL_CLOSED');
});

test('the span of a task that throws a value has the text of the value', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = () => { throw undefined; };'));
  assert.equal(await pool.run(1).catch((reason) => reason), undefined);
  const [span] = named(`run ${pool.workerFile}`);
  assert.deepEqual(span.status, { code: api.SpanStatusCode.ERROR, message: 'undefined' });
  await pool.close();
});

test('spans of a worker file are children of the span of their task', { skip }, async (t) => {
  traced(t);
  const pool = new WorkerPool(2, tracedWorkerFile(t));
  const parents = ['first', 'second'];
  const results = await Promise.all(
    parents.map(async (name) => {
      let result;
      const span = await within(name, async () => {
        result = await pool.run(example.carry({ name }));
      });
      return { span, result };
    }),
  );
  for (const [i, { span, result }] of results.entries()) {
    const [task] = named(`run ${pool.workerFile}`).filter(({ parentSpanContext }) => {
      return parentSpanContext.spanId === idOf(span);
    });
    assert.deepEqual(result, {
      data: { name: parents[i] },
      traceId: span.spanContext().traceId,
      parent: idOf(task),
      isActive: true,
    });
  }
  await pool.close();
});

test('a worker file that continues traces also works while nothing is traced', { skip }, async (t) => {
  const pool = new WorkerPool(1, tracedWorkerFile(t));
  const { data, parent } = await pool.run(example.carry(7));
  assert.deepEqual({ data, parent }, { data: 7, parent: undefined });
  await pool.close();
});

test('only tasks that are submitted between traceTasks and its end have a span', { skip }, async (t) => {
  const noSpans = { start() {} };
  channel.subscribe(noSpans); // so that the channel publishes all events of the first task
  t.after(() => channel.unsubscribe(noSpans));
  const pool = new WorkerPool(1, workers.fib);
  const before = pool.run(1);
  const stop = example.traceTasks();
  await before;
  assert.equal(exporter.getFinishedSpans().length, 0);
  await pool.run(1);
  assert.equal(exporter.getFinishedSpans().length, 1);
  stop();
  await pool.run(1);
  assert.equal(exporter.getFinishedSpans().length, 1);
  await pool.close();
});

test('the program prints its spans', { skip }, () => {
  const printed = execFileSync(process.execPath, [exampleFile('opentelemetry.js')], { encoding: 'utf8' });
  assert.equal(
    printed,
    `run hash, below GET /avatar
run imageInfo, below GET /avatar: The data is not a JPEG, PNG, WebP or GIF image, but text
GET /avatar, below nothing
`,
  );
});
