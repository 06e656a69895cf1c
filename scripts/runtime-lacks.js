'use strict';

// The test files that fail on a runtime, and why.

const LACKS = {
  bun: {
    'bad-input.test.js': 'JavaScriptCore has another message for an object that has no string form',
    'directive.test.js': "it compares with V8's parser, through node:vm",
    'document-promises.test.js': 'it shows the faults of a worker_threads pool, some of which differ there',
    'documents.test.js': 'console.log prints an object on several lines',
    'environments.test.js': 'no cleanup hook runs when a worker_threads thread ends, so its pools leak',
    'error-codec.test.js': 'assert.deepStrictEqual never returns for some circular objects',
    'event-loop.test.js':
      'a turn of the event loop runs up to nine calls of a thread-safe function, and the first turn more',
    'fairness.test.js': 'as event-loop.test.js: a turn may settle 256 results for each of these calls',
    'function-workers.test.js': 'async_hooks does not report promises',
    'interrupted.test.js': 'a pool that node:vm has interrupted is not collected',
    'late-ring.test.js': 'its test runner does not forward an uncaught exception',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'parentPort is not `this` in its listeners',
    'no-thread.test.js': 'a change of process.env does not reach native code',
    'own-options.test.js': 'threads have no memory limit',
    'permission.test.js': 'the error of --no-addons has another message',
    'polluted-prototype.test.js': 'it reads the options of a Worker from Object.prototype itself',
    'reentrancy.test.js': 'async_hooks does not report promises',
    'signal-reentrancy.test.js': 'async_hooks does not report promises',
    'user-task-package.test.js': 'it runs the tests of a package by `node --test`',
    'worker-abort.test.js': 'its own AbortError has another message',
    'worker-errors.test.js': 'an uncaught error keeps only its class, message and stack when it ends a thread',
    'worker-file-ahead.test.js': 'it can deserialize values that are nested too deeply for V8',
    'worker-file-death.test.js':
      'threads have no memory limit; the exit code and some errors of a dying thread are lost or differ',
    'worker-file-ending.test.js': 'process.exit runs exit handlers without process.emit, and there is no V8 coverage',
    'worker-file-handled.test.js': 'an uncaught exception ends a thread even if the program handles it',
    'worker-file-loading.test.js':
      'threads ignore options of Node.js, require.main differs, and a file that exports nothing exports a default',
    'worker-file-parity.test.js': 'structuredClone keeps properties of a Map that V8 omits',
    'worker-file-printing.test.js': 'the output of threads bypasses process.stdout, in no order with their results',
    'worker-file-replaced.test.js':
      'its streams use globals that a worker file can replace; as worker-file-loading.test.js',
    'worker-file-styles.test.js': 'it does not report a listener that was added by addEventListener',
    'worker-options.test.js':
      'threads have no memory limit and ignore options of Node.js; their output is late; they are not collected',
  },
  deno: {
    'document-promises.test.js': 'it shows the faults of a worker_threads pool, which hang there',
    'environments.test.js': 'no cleanup hook runs when a worker_threads thread ends, so its pools leak',
    'function-workers.test.js':
      "a thread is reported to have ended a little before it has; a task settles before 'drain' is emitted",
    'interrupted.test.js': 'mocked timers also replace functions imported earlier; a stack overflow is an error',
    'lost-termination.test.js': 'the test runner does not end',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'parentPort is not `this` in its listeners',
    'stopping-files.test.js': 'a terminated thread is reported to have ended while it waits for a process',
    'user-task-package.test.js': 'it runs the tests of a package by `node --test`',
    'worker-abort.test.js': 'its own AbortError has another message; a terminated thread is reported as a crash',
    'worker-errors.test.js':
      'an unhandled rejection arrives without its properties; a megabyte of a buffer takes a thread a third of a second',
    'worker-file-death.test.js': 'threads have no memory limit',
    'worker-file-parity.test.js': 'postMessage changes an undefined message and a lone surrogate',
    'worker-file-styles.test.js': 'it does not report whether a once listener is still registered',
    'worker-options.test.js': 'threads have no memory limit and ignore options of Node.js; their output is discarded',
  },
};

/** @returns {string | undefined} why not all tests of this file can pass on that runtime. */
function lackOf(runtime, file) {
  return LACKS[runtime]?.[file];
}

module.exports = { lackOf };
