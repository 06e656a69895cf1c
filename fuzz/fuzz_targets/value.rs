//! Any value: checks its size, its copies, its debug output and its wiping; moved bytes; and any
//! sequence of reads of its fields, against a simple model.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_fuzz::Input;
use native_worker_pool_workers::{Bytes, Failure, Fields, TaskInput, Value};
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroize;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::of(bytes);
    let value = input.value();
    check_size(&value);
    check_secrecy(&value);
    check_moved(&mut input);
    check_fields(value, &mut input);
});

fn check_size(value: &Value) {
    let input = TaskInput {
        task: 0,
        data: Ok(value.clone()),
        is_secret: true,
        listener: None,
    };
    // The first 64 fields of a task are not charged.
    let own = if let Value::List(fields) = value {
        size_of_val(&fields[..fields.len().min(64)])
    } else {
        0
    };
    assert_eq!(
        input.bytes() + own,
        contents(value).len() + names(value) + items(value)
    );
}

/// Checks that wiping a copy of a value leaves only zeros in the copy and does not change the
/// original, and that the debug output shows lengths but no contents.
fn check_secrecy(value: &Value) {
    let before = contents(value);
    let printed = format!("{value:?}");
    let mut wiped = value.clone();
    wiped.zeroize();
    assert!(contents(&wiped).iter().all(|&byte| byte == 0));
    assert_eq!(contents(value), before);
    let mut masked = value.clone();
    mask(&mut masked);
    assert_eq!(
        format!("{masked:?}"),
        printed,
        "contents of the same length print the same"
    );
}

fn check_moved(input: &mut Input<'_>) {
    let block = Arc::new(input.bytes().to_vec());
    let start = block.len().min(input.byte().into());
    let end = start.max(block.len().saturating_sub(input.byte().into()));
    let mut moved = Bytes::moved(Arc::clone(&block) as _, start..end);
    moved.zeroize(); // does not affect moved bytes
    assert_eq!(&*moved, &block[start..end]);
    assert_eq!(moved, Bytes::from(block[start..end].to_vec()));
    assert_eq!(moved.into_vec(), &block[start..end]);
    assert_eq!(Arc::strong_count(&block), 1);
}

/// Reads one field per byte of input, as the type that the byte selects.
fn check_fields(value: Value, input: &mut Input<'_>) {
    let Value::List(list) = &value else {
        return assert!(failed(Fields::of(value)).is_err());
    };
    let list = list.clone();
    let mut expected = list.iter().chain(std::iter::repeat(&Value::Undefined));
    let mut fields = Fields::of(value).expect("the value is a list");
    while !input.is_empty() {
        let field = expected.next().expect("the iterator is infinite");
        match input.byte() % 7 {
            0 => assert_eq!(failed(fields.bytes()), bytes_of(field)),
            1 => {
                let read = fields
                    .secret()
                    .map(|secret| secret.map(|bytes| bytes.to_vec().into()));
                assert_eq!(failed(read), bytes_of(field));
            }
            2 => assert_eq!(failed(fields.text()), text_of(field)),
            3 => {
                let path = text_of(field).map(|text| text.map(|text| PathBuf::from(&*text)));
                assert_eq!(failed(fields.path()), path);
            }
            4 => {
                let bits = number_of(field).map(f64::to_bits);
                assert_eq!(failed(fields.number()).map(f64::to_bits), bits);
            }
            5 => assert_eq!(failed(fields.integer()), integer_of(field)),
            6 => assert_eq!(failed(fields.size()), size_of(field)),
            _ => unreachable!(),
        }
    }
    let position = expected.next().expect("the iterator is infinite");
    let all = ['a', 'b', 'c'];
    let selected = integer_of(position).and_then(|at| all.get(at as usize).ok_or(Unexpected));
    assert_eq!(failed(fields.one_of(&all)), selected.copied());
}

/// The field is of another type.
#[derive(Debug, PartialEq, Clone, Copy)]
struct Unexpected;

fn failed<T>(read: Result<T, Failure>) -> Result<T, Unexpected> {
    read.map_err(|failure| {
        assert_eq!(failure.error_code(), Some("ERR_INVALID_ARG_VALUE"));
        Unexpected
    })
}

fn bytes_of(field: &Value) -> Result<Option<Bytes>, Unexpected> {
    match field {
        Value::Undefined => Ok(None),
        Value::Text(_) | Value::Bytes(_) => Ok(Some(contents(field).into())),
        _ => Err(Unexpected),
    }
}

fn text_of(field: &Value) -> Result<Option<Box<str>>, Unexpected> {
    match field {
        Value::Undefined => Ok(None),
        Value::Text(text) => Ok(Some(text.clone())),
        _ => Err(Unexpected),
    }
}

fn number_of(field: &Value) -> Result<f64, Unexpected> {
    match field {
        Value::Number(number) => Ok(*number),
        _ => Err(Unexpected),
    }
}

fn integer_of(field: &Value) -> Result<u32, Unexpected> {
    let number = number_of(field)?;
    let is_integer = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    if is_integer {
        Ok(number as u32)
    } else {
        Err(Unexpected)
    }
}

fn size_of(field: &Value) -> Result<u64, Unexpected> {
    let number = number_of(field)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates"
    )]
    if number >= 0.0 {
        Ok(number as u64)
    } else {
        Err(Unexpected)
    }
}

/// The concatenated texts and bytes of a value, without the names of fields.
fn contents(value: &Value) -> Vec<u8> {
    match value {
        Value::Text(text) => text.as_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::List(items) => items.iter().flat_map(contents).collect(),
        Value::Record(fields) => fields
            .iter()
            .flat_map(|(_, value)| contents(value))
            .collect(),
        _ => Vec::new(),
    }
}

/// The total length of the names of fields, in bytes.
fn names(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(names).sum(),
        Value::Record(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + names(value))
            .sum(),
        _ => 0,
    }
}

/// The memory that the items of all lists and records occupy, in bytes.
fn items(value: &Value) -> usize {
    match value {
        Value::List(values) => size_of_val(&values[..]) + values.iter().map(items).sum::<usize>(),
        Value::Record(fields) => {
            let values: usize = fields.iter().map(|(_, value)| items(value)).sum();
            size_of_val(&fields[..]) + values
        }
        _ => 0,
    }
}

/// Replaces texts and bytes with others of the same length.
fn mask(value: &mut Value) {
    match value {
        Value::Text(text) => *text = "x".repeat(text.len()).into(),
        Value::Bytes(bytes) => *bytes = vec![b'x'; bytes.len()].into(),
        Value::List(items) => items.iter_mut().for_each(mask),
        Value::Record(fields) => fields.iter_mut().for_each(|(_, value)| mask(value)),
        _ => {}
    }
}
