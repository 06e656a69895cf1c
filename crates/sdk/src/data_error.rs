//! Conversion errors: where the data are wrong, and why.

use crate::Failure;
use serde_core::de::{Expected, Unexpected};
use std::fmt;

/// An error of the conversion between table values and Rust types.
#[derive(Debug)]
pub(crate) struct DataError {
    /// The path to the value, innermost part first: `radius`, `[3]`.
    path: Vec<String>,
    problem: String,
    /// The name of the unknown field, if that is the problem.
    unknown: Option<String>,
}

/// The options of `run`, which callers may pass among the fields of the data by mistake.
const OPTIONS_OF_RUN: [&str; 7] = [
    "name",
    "onProgress",
    "priority",
    "queueTimeout",
    "signal",
    "timeout",
    "transfer",
];

pub(crate) type Result<T> = std::result::Result<T, DataError>;

impl DataError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            problem: problem.into(),
            unknown: None,
        }
    }

    /// The value nests too deep.
    pub(crate) fn too_deep() -> Self {
        Self::new(" nests too deep: above 100 levels")
    }

    /// Adds the field that the error is in to its path.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.path.push(format!(".{name}"));
        self
    }

    /// Adds the list index that the error is in to its path.
    pub(crate) fn in_item(mut self, index: usize) -> Self {
        self.path.push(format!("[{index}]"));
        self
    }

    /// Converts to the failure of a task with invalid input.
    pub(crate) fn of_data(mut self) -> Failure {
        let unknown = self.unknown.as_deref().filter(|_| self.path.is_empty());
        if let Some(name) = unknown.filter(|name| OPTIONS_OF_RUN.contains(name)) {
            self.problem = format!(
                ".{name} is not a field; {name} is an option, and options are the second argument"
            );
        }
        self.of("data", "ERR_INVALID_ARG_VALUE")
    }

    /// Converts to the failure of a task with an invalid result.
    pub(crate) fn of_result(self) -> Failure {
        self.of("result", "ERR_INVALID_RETURN_VALUE")
    }

    fn of(self, subject: &str, code: &'static str) -> Failure {
        let path: String = self.path.into_iter().rev().collect();
        Failure::new(format!("{subject}{path}{}", self.problem))
            .class("TypeError")
            .code(code)
    }
}

// Required by serde but never displayed: see `of`.
impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for DataError {}

impl serde_core::ser::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!(": {message}"))
    }
}

impl serde_core::de::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!(": {message}"))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_javascript(&expected.to_string());
        Self::new(format!(" must be {expected}; got {}", shown(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!(" must be {expected}; got {length} items"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.join(", ");
        let found = abbreviated(variant);
        Self::new(format!(" must be one of {expected}; got {found}"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.join(", ");
        let name = match field.len() {
            0..=MAX_SHOWN => format!(".{field}"),
            _ => format!(": {}", abbreviated(field)),
        };
        let problem = format!("{name} is not a field; the fields are {expected}");
        Self {
            unknown: Some(field.to_owned()),
            ..Self::new(problem)
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!(".{field} is required"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!(".{field} occurs twice"))
    }
}

/// Translates serde's expectation to JavaScript terms.
fn in_javascript(expected: &str) -> String {
    match expected {
        "f32" | "f64" => "a number".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => format!("an integer ({expected})"),
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        "unit" => "undefined".to_owned(),
        other => other.to_owned(),
    }
}

/// The length of the longest name from JavaScript that a message contains, in bytes.
const MAX_SHOWN: usize = 100;

/// Quotes a name from JavaScript, or states its length if it is long.
fn abbreviated(name: &str) -> String {
    match name.len() {
        0..=MAX_SHOWN => format!("{name:?}"),
        length => format!("a string of {length} bytes"),
    }
}

fn as_javascript_writes(number: f64) -> String {
    match number {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ if number.abs() >= 1e21 => format!("{number:e}").replace('e', "e+"),
        _ => number.to_string(),
    }
}

/// Describes the value found. For texts and bytes, which may be long or secret, only the type.
fn shown(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => as_javascript_writes(*value),
        Unexpected::Char(_) | Unexpected::Str(_) => "a string".to_owned(),
        Unexpected::Bytes(_) => "bytes".to_owned(),
        Unexpected::Unit => "undefined".to_owned(),
        Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        _ => "another value".to_owned(),
    }
}
