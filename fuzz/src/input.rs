//! Decodes values from a fuzzer's bytes. `seeds.js` writes the same format.

use native_worker_pool_workers::Value;

/// Maximum nesting depth, as of values from JavaScript.
const MAX_DEPTH: u32 = 100;

/// A fuzzer's bytes, read from front to back. After their end, all reads return 0 or empty results.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// Starts reading `bytes`.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all bytes have been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Reads the next byte.
    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// Reads a little-endian length of two bytes, then that number of bytes.
    pub fn bytes(&mut self) -> &'a [u8] {
        let length = u16::from_le_bytes([self.byte(), self.byte()]);
        self.take(length.into())
    }

    fn text(&mut self) -> Box<str> {
        String::from_utf8_lossy(self.bytes()).into()
    }

    /// Reads a value: one byte for its kind, then its content.
    pub fn value(&mut self) -> Value {
        self.value_at(0)
    }

    fn value_at(&mut self, depth: u32) -> Value {
        match self.byte() % 10 {
            1 => Value::Null,
            2 => Value::Bool(false),
            3 => Value::Bool(true),
            4 => i32::from(self.byte().cast_signed()).into(),
            5 => {
                let mut bytes = [0; 8];
                let taken = self.take(8);
                bytes[..taken.len()].copy_from_slice(taken);
                Value::Number(f64::from_le_bytes(bytes))
            }
            6 => Value::Text(self.text()),
            7 => Value::from(self.bytes().to_vec()),
            8 if depth < MAX_DEPTH => Value::List(self.many(|input| input.value_at(depth + 1))),
            9 if depth < MAX_DEPTH => {
                Value::Record(self.many(|input| (input.text(), input.value_at(depth + 1))))
            }
            _ => Value::Undefined, // includes 0, which is read after the end of the input
        }
    }

    /// Reads one byte for the count, then that number of items, unless the input ends earlier.
    fn many<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Box<[T]> {
        let count = self.byte();
        let mut items = Vec::new();
        for _ in 0..count {
            if self.is_empty() {
                break;
            }
            items.push(item(self));
        }
        items.into()
    }
}
