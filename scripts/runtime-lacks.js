'use strict';

// The test files that fail on other runtimes, and why.

const LACKS = {
  bun: {
    'bad-input.test.js': 'JavaScriptCore has another message for an object that has no text',
    'directive.test.js': "it compares with V8's parser, through node:vm",
    'document-promises.test.js': 'it shows the faults of a pool of worker_threads, some of which differ there',
    'environments.test.js': 'a worker_threads thread that ends runs no cleanup hook, so its pools remain',
    'error-codec.test.js': 'assert.deepStrictEqual does not terminate for some cyclic objects',
    'event-loop.test.js':
      'a turn of the event loop handles up to nine calls of a thread-safe function, and the first turn more',
    'fairness.test.js': 'as event-loop.test.js: each of these calls may settle 256 results',
    'function-workers.test.js': 'async_hooks does not report promises',
    'interrupted.test.js': 'objects of code that node:vm has interrupted are not collected',
    'late-ring.test.js': 'its test runner swallows an uncaught exception',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'a listener on parentPort is not called as its method',
    'no-thread.test.js': 'native code does not see a change of process.env',
    'own-options.test.js': 'threads have no memory limit',
    'permission.test.js': 'it has another message for --no-addons',
    'polluted-prototype.test.js': 'its Worker reads options from Object.prototype',
    'readme.test.js': 'console.log prints an object on several lines',
    'reentrancy.test.js': 'async_hooks does not report promises',
    'signal-reentrancy.test.js': 'async_hooks does not report promises',
    'worker-abort.test.js': 'its own AbortError has another message',
    'worker-errors.test.js': 'an uncaught error that ends its thread keeps only its class, message and stack',
    'worker-file-ahead.test.js': 'data that is nested too deeply for V8 can be read there',
    'worker-file-death.test.js':
      'threads have no memory limit; the exit code and some errors of a dying thread are lost or differ',
    'worker-file-ending.test.js':
      'process.exit runs exit handlers without process.emit, and there is no coverage by V8',
    'worker-file-handled.test.js': 'an uncaught exception ends the thread even if the program handles it',
    'worker-file-loading.test.js':
      'threads have no options of Node.js, require.main differs, and a file without exports has a default export',
    'worker-file-parity.test.js': 'structuredClone preserves properties of a Map that V8 drops',
    'worker-file-printing.test.js':
      'the output of threads bypasses process.stdout, and is not in order with their results',
    'worker-file-replaced.test.js':
      'its streams use globals that a worker file can replace; also as worker-file-loading.test.js',
    'worker-file-styles.test.js': 'it does not count listeners of addEventListener',
    'worker-options.test.js':
      'threads have no memory limit and no options of Node.js; their output arrives late; they are not collected',
  },
  deno: {
    'document-promises.test.js': 'it shows the faults of a pool of worker_threads, which hangs there',
    'environments.test.js': 'a worker_threads thread that ends runs no cleanup hook, so its pools remain',
    'function-workers.test.js':
      "the exit of a thread is reported slightly too early; a caller that awaits a task continues before 'drain' is emitted",
    'interrupted.test.js':
      'mocked timers also replace functions that were imported before; a stack overflow is another error',
    'lost-termination.test.js': 'the test runner does not terminate',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'a listener on parentPort is not called as its method',
    'stopping-files.test.js': 'the exit of a terminated thread is reported while it still waits for a process',
    'worker-abort.test.js': 'its own AbortError has another message; a terminated thread is reported as crashed',
    'worker-errors.test.js':
      'an unhandled rejection loses its properties; a thread needs a third of a second for a buffer of one megabyte',
    'worker-file-death.test.js': 'threads have no memory limit',
    'worker-file-parity.test.js': 'postMessage changes an undefined message and a lone surrogate',
    'worker-file-styles.test.js': 'it does not count listeners for one message',
    'worker-options.test.js': 'threads have no memory limit and no options of Node.js; their output is not passed on',
  },
};

/** @returns {string | undefined} why tests of a file fail on a runtime, or undefined if all should pass. */
function lackOf(runtime, file) {
  return LACKS[runtime]?.[file];
}

module.exports = { lackOf };
