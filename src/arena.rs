//! Writes short results, one after another, to a buffer that JavaScript owns.

use crate::protocol::record::{BYTES, SPAN, TEXT};
use native_worker_pool_workers::Value;

/// Maximum size, in bytes, of a result that is written to the arena.
const MAX_SHORT: usize = 4096;

const _: () = assert!(MAX_SHORT < SPAN.unsigned_abs() as usize);

/// A result that can be written to the arena.
pub(crate) struct ShortResult<'a> {
    kind: i8,
    bytes: &'a [u8],
}

impl<'a> ShortResult<'a> {
    /// Wraps short bytes or a short ASCII text; `None` for any other value.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        let (kind, bytes): (_, &[u8]) = match value {
            Value::Bytes(bytes) => (BYTES, bytes),
            Value::Text(text) if text.is_ascii() => (TEXT, text.as_bytes()),
            _ => return None,
        };
        (bytes.len() <= MAX_SHORT).then_some(Self { kind, bytes })
    }

    /// The kind of the result's record: `BYTES` or `TEXT`.
    pub(crate) fn kind(&self) -> i8 {
        self.kind
    }

    /// Writes the result after the first `used` bytes of the arena, and updates `used`. Returns the
    /// position for the record (`start * SPAN + length`); `None` if there is no room.
    pub(crate) fn write(&self, arena: &mut [u8], used: &mut usize) -> Option<f64> {
        let end = *used + self.bytes.len();
        arena.get_mut(*used..end)?.copy_from_slice(self.bytes);
        #[expect(clippy::cast_precision_loss, reason = "an arena is small")]
        let position = (*used * SPAN.unsigned_abs() as usize + self.bytes.len()) as f64;
        *used = end;
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..5000).prop_map(Value::from),
            "[ -~]{0,40}".prop_map(Value::from),
            (4090usize..4103).prop_map(|length| "x".repeat(length).into()),
            ".{0,10}".prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            Just(Value::Undefined),
            prop::collection::vec(any::<u8>().prop_map(|_| Value::Null), 0..3)
                .prop_map(|items| Value::List(items.into())),
        ]
    }

    /// Reads a result as lib/native/completions.js does.
    fn at(arena: &[u8], kind: i8, position: f64) -> Value {
        let span = f64::from(SPAN);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positions are small and positive"
        )]
        let [start, length] =
            [(position / span).floor(), position % span].map(|number| number as usize);
        let bytes = &arena[start..start + length];
        match kind {
            BYTES => bytes.to_vec().into(),
            TEXT => std::str::from_utf8(bytes).unwrap().into(),
            other => panic!("{other} is not a kind of result in the arena"),
        }
    }

    proptest! {
        #[test]
        fn results_are_read_back_at_their_recorded_positions(
            values in prop::collection::vec(values(), 0..40), size in 0usize..65_536,
        ) {
            let mut arena = vec![0xEE; size];
            let mut used = 0;
            let mut records = Vec::new();
            for value in &values {
                let is_short = match value {
                    Value::Bytes(bytes) => bytes.len() <= 4096,
                    Value::Text(text) => text.len() <= 4096 && text.chars().all(|c| c < '\u{80}'),
                    _ => false,
                };
                let short = ShortResult::of(value);
                prop_assert_eq!(short.is_some(), is_short);
                let Some(short) = short else { continue };
                let before = used;
                if let Some(position) = short.write(&mut arena, &mut used) {
                    prop_assert_eq!(used, before + value.size());
                    records.push((short.kind(), position, value));
                } else {
                    prop_assert_eq!(used, before);
                    prop_assert!(used + value.size() > size);
                }
            }
            for (kind, position, value) in records {
                prop_assert_eq!(&at(&arena, kind, position), value);
            }
            prop_assert!(arena[used..].iter().all(|&byte| byte == 0xEE));
        }
    }
}
