'use strict';

// What the file prints goes out by way of the thread that has the pool, which an idle pool does not keep alive. So
// the pool is told while something has not gone out yet.

const { Writable } = require('node:stream');
const { PRINTING } = require('./protocol');

const streams = [process.stdout, process.stderr];

class Printing {
  #port;
  #isTold = false;

  constructor(port) {
    this.#port = port;
  }

  /** To be called before the end of a task is told. */
  check() {
    if (this.#isTold) return;
    const printing = streams.filter(({ writableLength }) => writableLength > 0);
    if (printing.length === 0) return;
    this.#tell(true);
    let left = printing.length;
    const gone = () => {
      if (--left === 0) this.#tell(false);
    };
    // What the file may have made of `write` does not matter.
    for (const stream of printing) Writable.prototype.write.call(stream, '', gone);
  }

  #tell(isPrinting) {
    this.#isTold = isPrinting;
    this.#port.postMessage([PRINTING, 0, 0, isPrinting]);
  }
}

module.exports = { Printing };
