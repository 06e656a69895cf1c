'use strict';

// Creates an OpenTelemetry span for each task of each pool: a child of the span that is active when `run` is called.
//
//     npm --prefix examples ci
//     node examples/opentelemetry.js
//
// In a project that has installed the package, the line that names it is
//
//     const { WorkerPool } = require('native-worker-pool');
//
// A program calls `traceTasks()` once, after it has registered its tracer provider. For a worker file that creates spans
// of its own, `carry(data)` and `continueTrace(task)` make them children of the span of the task:
//
//     pool.run(carry(data));                                  // in the program
//     module.exports = continueTrace((data, context) => …);   // in the worker file

const diagnostics = require('node:diagnostics_channel');
const { context, propagation, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { WorkerPool } = require('..');

/** The trace headers that are sent to a thread with the data of a task, by the object that `carry` has returned. */
const carriers = new WeakMap();

/**
 * Creates a span for each task from now on.
 * @param {import('@opentelemetry/api').Tracer} [tracer]
 * @returns {() => void} a function that stops it.
 */
function traceTasks(tracer = trace.getTracer('native-worker-pool')) {
  const spans = new WeakMap();
  const subscribers = {
    // Called within `run`, before the pool copies the data.
    start(task) {
      const { pool, data, options } = task;
      const parent = context.active();
      const attributes = {
        'worker_pool.worker': pool.workerFile,
        'worker_pool.size': pool.size,
        'worker_pool.queue_depth': pool.queue.length,
      };
      if (typeof options?.name === 'string') attributes['worker_pool.task'] = options.name;
      const name = `run ${attributes['worker_pool.task'] ?? pool.workerFile}`;
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, parent);
      spans.set(task, span);
      const carrier = carriers.get(data);
      if (carrier !== undefined) propagation.inject(trace.setSpan(parent, span), carrier);
    },
    asyncEnd(task) {
      const span = spans.get(task);
      if (span === undefined) return; // submitted before the subscription
      if ('error' in task) fail(span, task.error);
      span.end();
    },
  };
  const channel = diagnostics.tracingChannel('native-worker-pool:run');
  channel.subscribe(subscribers);
  return () => channel.unsubscribe(subscribers);
}

/** Records why a task has no result. A worker file may throw a value that is no error. */
function fail(span, reason) {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  span.recordException(error);
  span.setAttribute('error.type', error.code ?? error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** Wraps the data of a task, so that the thread receives the span of the task with them. */
function carry(data) {
  const carried = { data, carrier: {} };
  carriers.set(carried, carried.carrier);
  return carried;
}

/** Wraps the function of a worker file: it receives the data that `carry` has wrapped, and the span of its task is active. */
function continueTrace(task) {
  return ({ data, carrier }, workerContext) =>
    context.with(propagation.extract(context.active(), carrier), () => task(data, workerContext));
}

async function main() {
  const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');
  const exporter = new InMemorySpanExporter(); // a service exports to a collector
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const stop = traceTasks();

  const pool = new WorkerPool(2, 'native');
  await trace.getTracer('example').startActiveSpan('GET /avatar', async (span) => {
    await pool.run({ data: 'ada@example.org', algorithm: 'md5' }, { name: 'hash' });
    await pool.run({ data: 'no image' }, { name: 'imageInfo' }).catch(() => {});
    span.end();
  });
  await pool.close();
  stop();

  const spans = exporter.getFinishedSpans();
  const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name ?? 'nothing';
  for (const { name, parentSpanContext, status } of spans) {
    const outcome = status.code === SpanStatusCode.ERROR ? `: ${status.message}` : '';
    console.log(`${name}, below ${nameOf(parentSpanContext?.spanId)}${outcome}`);
  }
}

module.exports = { carry, continueTrace, traceTasks };

if (require.main === module) main();
