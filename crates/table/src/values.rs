//! Converts between the values of the pool and the values of the table.

use native_worker_pool_sdk::boundary::{Owned, View};
use native_worker_pool_workers::{Bytes, Failure, Value};
use std::sync::Arc;

/// How deep lists and records may nest: more would overflow the stack of a thread that drops them.
/// The same as in `src/value/read.rs`.
const MAX_DEPTH: u32 = 100;

/// Codes that begin so belong to the pool.
const RESERVED_CODES: &str = "ERR_POOL_";

/// Bytes up to this size are copied, unless they have memory of their own: that costs less than to
/// share them.
const COPIED_UP_TO: usize = 4096;

/// Memory of the pool that the addon reads.
struct Ours(Bytes);

impl AsRef<[u8]> for Ours {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Memory of the addon that the pool reads: bytes.
struct Theirs(Owned);

impl AsRef<[u8]> for Theirs {
    fn as_ref(&self) -> &[u8] {
        self.0.content().unwrap_or_default()
    }
}

/// A value for the addon. Large bytes are not copied.
pub(crate) fn to_table(value: Value) -> Owned {
    match value {
        Value::Undefined => Owned::undefined(),
        Value::Null => Owned::null(),
        Value::Bool(value) => Owned::bool(value),
        Value::Number(value) => Owned::number(value),
        Value::Text(text) => Owned::text(text),
        Value::Bytes(bytes) if bytes.len() <= COPIED_UP_TO => Owned::vector(bytes.into_vec()),
        Value::Bytes(bytes) => Owned::bytes(Arc::new(Ours(bytes))),
        Value::List(items) => Owned::list(items.into_iter().map(to_table).collect()),
        Value::Record(fields) => {
            let fields = fields.into_iter();
            Owned::record(fields.map(|(name, value)| (name, to_table(value))))
        }
    }
}

/// A value from the addon. Bytes are not copied.
///
/// # Errors
///
/// The fault of the value, as the end of a sentence: `is malformed`.
pub(crate) fn from_table(mut value: Owned) -> Result<Value, &'static str> {
    read(&mut value, 0)
}

fn read(value: &mut Owned, depth: u32) -> Result<Value, &'static str> {
    let view = value.view().ok_or("is malformed")?;
    if depth >= MAX_DEPTH && matches!(view, View::List(_) | View::Record(_)) {
        return Err("nests too deep: above 100 levels");
    }
    Ok(match view {
        View::Undefined => Value::Undefined,
        View::Null => Value::Null,
        View::Bool(value) => Value::Bool(value),
        View::Number(value) => Value::Number(value),
        View::Text(text) => Value::from(text),
        View::Bytes(value) => {
            let bytes = Theirs(std::mem::take(value));
            let length = bytes.as_ref().len();
            Value::Bytes(Bytes::moved(Arc::new(bytes), 0..length))
        }
        View::List(items) => {
            let items = items.iter_mut().map(|item| read(item, depth + 1));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        View::Record(fields) => {
            let fields = fields.iter_mut().map(|field| {
                let (name, value) = field.parts().ok_or("has a malformed name")?;
                Ok((Box::from(name), read(value, depth + 1)?))
            });
            Value::Record(fields.collect::<Result<_, &'static str>>()?)
        }
    })
}

/// The message of a panic.
pub(crate) fn message(mut value: Owned) -> String {
    match value.view() {
        Some(View::Text(text)) => text.to_owned(),
        _ => "the task panicked without a message".to_owned(),
    }
}

/// The failure that a task has returned: its message, or a record.
pub(crate) fn failure(value: Owned) -> Failure {
    let fields = match from_table(value) {
        Ok(Value::Text(message)) => return Failure::new(String::from(message)),
        Ok(Value::Record(fields)) => fields,
        Ok(_) => return Failure::new("The task failed without a message"),
        Err(problem) => {
            return Failure::new(format!("The task failed with a value that {problem}"));
        }
    };
    let (mut message, mut class, mut code, mut details) = (None, None, None, None);
    for (name, value) in fields {
        match (&*name, value) {
            ("message", Value::Text(text)) => message = Some(String::from(text)),
            ("class", Value::Text(text)) => class = Some(String::from(text)),
            ("code", Value::Text(text)) if !text.starts_with(RESERVED_CODES) => {
                code = Some(String::from(text));
            }
            ("details", Value::Record(fields)) => details = Some(fields),
            _ => {}
        }
    }
    let message = message.unwrap_or_else(|| "The task failed without a message".to_owned());
    let mut failure = Failure::new(message);
    if let Some(class) = class {
        failure = failure.class(class);
    }
    if let Some(code) = code {
        failure = failure.code(code);
    }
    let is_reserved = |name: &str, value: &Value| match value {
        Value::Text(text) => name == "code" && text.starts_with(RESERVED_CODES),
        _ => false,
    };
    for (name, value) in details.into_iter().flatten() {
        if is_reserved(&name, &value) {
            continue;
        }
        failure = failure.detail(String::from(name), value);
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Undefined),
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("NaN is not itself", |number| !number.is_nan())
                .prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6)
                    .prop_map(|items| Value::List(items.into())),
                prop::collection::vec((".{0,4}", inner), 0..6).prop_map(|fields| {
                    let fields = fields.into_iter();
                    Value::Record(fields.map(|(name, value)| (name.into(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_crosses_in_both_directions(value in values()) {
            prop_assert_eq!(from_table(to_table(value.clone())), Ok(value));
        }
    }

    #[test]
    fn large_bytes_are_not_copied() {
        let bytes = Bytes::from(vec![7; COPIED_UP_TO + 1]);
        let address = bytes.as_ptr();
        let Ok(Value::Bytes(bytes)) = from_table(to_table(bytes.into())) else {
            panic!("bytes stay bytes");
        };
        assert_eq!(bytes.as_ptr(), address);
        assert_eq!(bytes.into_vec(), [7; COPIED_UP_TO + 1]);
    }

    #[test]
    fn a_value_that_nests_too_deep_is_refused() {
        let nested = |depth| {
            let wrap = |value, _| Value::List(Box::new([value]));
            (0..depth).fold(Value::Null, wrap)
        };
        assert!(from_table(to_table(nested(100))).is_ok());
        assert!(from_table(to_table(nested(101))).is_err());
    }
}
