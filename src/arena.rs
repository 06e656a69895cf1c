//! Short results, one after the other in a buffer of JavaScript's.

use crate::protocol::record::{BYTES, SPAN, TEXT};
use native_worker_pool_workers::Value;

/// Longer results are not written to the arena.
const SHORT: usize = 4096;

const _: () = assert!(SHORT < SPAN.unsigned_abs() as usize);

/// A result that can be written to the arena.
pub(crate) struct ShortResult<'a> {
    kind: i8,
    bytes: &'a [u8],
}

impl<'a> ShortResult<'a> {
    /// Short bytes, or a short text of ASCII; `None` of anything else.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        let (kind, bytes): (_, &[u8]) = match value {
            Value::Bytes(bytes) => (BYTES, bytes),
            Value::Text(text) if text.is_ascii() => (TEXT, text.as_bytes()),
            _ => return None,
        };
        (bytes.len() <= SHORT).then_some(Self { kind, bytes })
    }

    /// The kind of its record.
    pub(crate) fn kind(&self) -> i8 {
        self.kind
    }

    /// Writes the result behind the `used` bytes of the arena. Returns its place, as a record has
    /// it; `None` if there is no room.
    pub(crate) fn write(&self, arena: &mut [u8], used: &mut usize) -> Option<f64> {
        let end = *used + self.bytes.len();
        arena.get_mut(*used..end)?.copy_from_slice(self.bytes);
        #[expect(clippy::cast_precision_loss, reason = "an arena is small")]
        let place = (*used * SPAN.unsigned_abs() as usize + self.bytes.len()) as f64;
        *used = end;
        Some(place)
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

    /// What lib/native/completions.js reads at a place.
    fn at(arena: &[u8], kind: i8, place: f64) -> Value {
        let span = f64::from(SPAN);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "places are small and positive"
        )]
        let [start, length] = [(place / span).floor(), place % span].map(|number| number as usize);
        let bytes = &arena[start..start + length];
        match kind {
            BYTES => bytes.to_vec().into(),
            TEXT => std::str::from_utf8(bytes).unwrap().into(),
            other => panic!("{other} is not the kind of a result in the arena"),
        }
    }

    proptest! {
        #[test]
        fn what_fits_is_read_where_its_record_says(
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
                if let Some(place) = short.write(&mut arena, &mut used) {
                    prop_assert_eq!(used, before + value.size());
                    records.push((short.kind(), place, value));
                } else {
                    prop_assert_eq!(used, before);
                    prop_assert!(used + value.size() > size);
                }
            }
            for (kind, place, value) in records {
                prop_assert_eq!(&at(&arena, kind, place), value);
            }
            prop_assert!(arena[used..].iter().all(|&byte| byte == 0xEE));
        }
    }
}
