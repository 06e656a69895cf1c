'use strict';

// Reads the directive prologue of a JavaScript source: the string literals that stand alone as its
// first statements, where 'use strict' stands. Only as much of the grammar as that takes (ECMA-262,
// "Directive Prologues", "Automatic Semicolon Insertion"); what follows is not looked at, so any
// syntax may.

const BYTE_ORDER_MARK = /\uFEFF/y;
const HASHBANG = /#![^\n\r\u2028\u2029]*/y;
const BLANK = /\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\//y;
const QUOTE = /['"]/y;
const IN_QUOTES = { "'": /[^'\\\n\r]+|\\(?:\r\n|[\s\S])/y, '"': /[^"\\\n\r]+|\\(?:\r\n|[\s\S])/y };
const END_QUOTE = { "'": /'/y, '"': /"/y };
const LINE_TERMINATOR = /[\n\r\u2028\u2029]/;

// What, on a later line, makes the string the start of a longer expression.
const CONTINUES = /[.,([`?:*/%<>=&|^]|\+(?!\+)|-(?!-)|!=|(?:in|instanceof)(?!\p{ID_Continue}|[$\\]|\u200C|\u200D)/uy;
const ENDS_STATEMENT = /;|\}|$/y;

/** The directives of `source`, without their quotes, as they are written there. */
function* directives(source) {
  let position = 0;
  /** What `pattern` matches here, which is then behind us; undefined where it matches nothing. */
  const skip = (pattern) => {
    pattern.lastIndex = position;
    const text = pattern.exec(source)?.[0];
    position += text?.length ?? 0;
    return text;
  };
  // A loop and not a `*` in the pattern: that would take stack for each round, and comments are long.
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
    const words = skipAll(IN_QUOTES[quote]);
    if (skip(END_QUOTE[quote]) === undefined) return;
    const onNewLine = LINE_TERMINATOR.test(skipAll(BLANK));
    CONTINUES.lastIndex = position;
    if (skip(ENDS_STATEMENT) === undefined && (!onNewLine || CONTINUES.test(source))) return;
    yield words;
  }
}

/** The NAME of the first 'use native:NAME' among the directives of `source`, or undefined. */
function nativeDirective(source) {
  const prefix = 'use native:';
  for (const directive of directives(source)) {
    if (directive.startsWith(prefix)) return directive.slice(prefix.length);
  }
  return undefined;
}

module.exports = { nativeDirective };
