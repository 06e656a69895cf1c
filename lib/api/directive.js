'use strict';

// Reads the directive prologue of JavaScript source: the string literals that are its first statements, such as
// 'use strict'. It parses no more of the grammar than that needs (ECMA-262, "Directive Prologues" and "Automatic
// Semicolon Insertion"). The code after the prologue is not parsed, so it may be TypeScript, JSX or anything else.

const BYTE_ORDER_MARK = /\uFEFF/y;
const HASHBANG = /#![^\n\r\u2028\u2029]*/y;
const BLANK = /\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\//y;
const QUOTE = /['"]/y;

/**
 * The characters within a string literal, by its quote.
 * @type {{ [quote: string]: RegExp }}
 */
const IN_QUOTES = { "'": /[^'\\\n\r]+|\\(?:\r\n|[\s\S])/y, '"': /[^"\\\n\r]+|\\(?:\r\n|[\s\S])/y };
/** @type {{ [quote: string]: RegExp }} */
const END_QUOTE = { "'": /'/y, '"': /"/y };

const LINE_TERMINATOR = /[\n\r\u2028\u2029]/;

/** At the start of the next line, these continue the expression that the string literal begins. */
const CONTINUES = /[.,([`?:*/%<>=&|^]|\+(?!\+)|-(?!-)|!=|(?:in|instanceof)(?!\p{ID_Continue}|[$\\]|\u200C|\u200D)/uy;
const ENDS_STATEMENT = /;|\}|$/y;

/**
 * Yields the directives of `source`, without quotes and with escapes as written.
 * @param {string} source
 */
function* directives(source) {
  let position = 0;
  /**
   * Advances past what `pattern` matches, and returns it. Returns undefined if nothing matches.
   * @param {RegExp} pattern
   */
  const skip = (pattern) => {
    pattern.lastIndex = position;
    const text = pattern.exec(source)?.[0];
    position += text?.length ?? 0;
    return text;
  };
  /**
   * Advances past every repetition, and returns them. A `*` in the pattern would use stack for each repetition, and
   * comments can be long.
   * @param {RegExp} pattern
   */
  const skipAll = (pattern) => {
    const start = position;
    while (skip(pattern) !== undefined);
    return source.slice(start, position);
  };

  skip(BYTE_ORDER_MARK);
  skip(HASHBANG);
  for (;;) {
    skipAll(BLANK);
    const quote = skip(QUOTE);
    if (quote === undefined) return;
    const text = skipAll(IN_QUOTES[quote]);
    if (skip(END_QUOTE[quote]) === undefined) return;
    const onNewLine = LINE_TERMINATOR.test(skipAll(BLANK));
    CONTINUES.lastIndex = position;
    if (skip(ENDS_STATEMENT) === undefined && (!onNewLine || CONTINUES.test(source))) return;
    yield text;
  }
}

/**
 * The NAME of the first 'use native:NAME' directive.
 * @param {string} source
 * @returns {string | undefined}
 */
function nativeDirective(source) {
  const prefix = 'use native:';
  for (const directive of directives(source)) {
    if (directive.startsWith(prefix)) return directive.slice(prefix.length);
  }
  return undefined;
}

module.exports = { nativeDirective };
