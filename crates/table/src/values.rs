//! Between the values of the pool and those of the table.

use native_worker_pool_sdk::Bytes as Foreign;
use native_worker_pool_sdk::boundary::{Owned, View};
use native_worker_pool_workers::{Bytes, Failure, Value};
use std::sync::Arc;

/// How deep lists and records may nest: more would overflow the stack of a thread that drops them. The same as in
/// `src/value.rs`.
const MAX_DEPTH: u32 = 100;

/// Codes that begin so belong to the pool.
const RESERVED_CODES: &str = "ERR_POOL_";

/// Memory of the pool that the addon reads.
struct Ours(Bytes);

impl AsRef<[u8]> for Ours {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A value for the addon. Bytes are not copied.
pub(crate) fn to_table(value: Value) -> Owned {
    match value {
        Value::Undefined => Owned::undefined(),
        Value::Null => Owned::null(),
        Value::Bool(value) => Owned::bool(value),
        Value::Number(value) => Owned::number(value),
        Value::Text(text) => Owned::text(text),
        Value::Bytes(bytes) => Owned::bytes(Ours(bytes)),
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
/// What is wrong with the value: `... is malformed`.
pub(crate) fn from_table(mut value: Owned) -> Result<Value, &'static str> {
    read(&mut value, 0)
}

fn read(value: &mut Owned, depth: u32) -> Result<Value, &'static str> {
    let view = value.view().ok_or("is malformed")?;
    if depth > MAX_DEPTH && matches!(view, View::List(_) | View::Record(_)) {
        return Err("nests too deep: above 100");
    }
    Ok(match view {
        View::Undefined => Value::Undefined,
        View::Null => Value::Null,
        View::Bool(value) => Value::Bool(value),
        View::Number(value) => Value::Number(value),
        View::Text(text) => Value::from(text),
        View::Bytes(value) => {
            let bytes = Foreign::taken(value);
            let length = bytes.len();
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
    for (name, value) in details.into_iter().flatten() {
        failure = failure.detail(String::from(name), value);
    }
    failure
}
