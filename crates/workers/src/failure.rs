//! Why a native task failed.

use crate::value::Value;
use std::borrow::Cow;
use std::fmt;

/// The error that a task rejects with.
///
/// ```
/// use native_worker_pool_workers::Failure;
///
/// let failure = Failure::new("the radius is too large")
///     .class("RangeError")
///     .code("E_RADIUS")
///     .detail("limit", 7.5);
/// assert_eq!(failure.to_string(), "the radius is too large");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Failure(Box<Content>);

#[derive(Debug, Clone, PartialEq)]
struct Content {
    class: Cow<'static, str>,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    details: Vec<(Cow<'static, str>, Value)>,
}

impl Failure {
    /// An `Error` with this message.
    #[must_use]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Content {
            class: "Error".into(),
            code: None,
            message: message.into(),
            details: Vec::new(),
        }))
    }

    /// The task was told to stop. Nobody sees this failure: the task has settled.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new("cancelled").code("ABORT_ERR")
    }

    /// The same failure as an instance of a built-in class: `"TypeError"`, say. A class that the
    /// runtime does not have becomes `Error`.
    #[must_use]
    pub fn class(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.class = name.into();
        self
    }

    /// The same failure with the property `code`.
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// The same failure with one more property.
    #[must_use]
    pub fn detail(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.0.details.push((name.into(), value.into()));
        self
    }

    /// The input is nothing that the task accepts: a `TypeError`.
    #[must_use]
    pub fn invalid_value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(message)
            .class("TypeError")
            .code("ERR_INVALID_ARG_VALUE")
    }

    /// The input is of the right kind and beyond what the task can do: a `RangeError`.
    #[must_use]
    pub fn out_of_range(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(message)
            .class("RangeError")
            .code("ERR_OUT_OF_RANGE")
    }

    /// The data are damaged, or not of the format that the task reads.
    #[must_use]
    pub fn invalid_data(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(message).code("ERR_INVALID_DATA")
    }

    /// A limit on memory, output or pixels does not allow it: a `RangeError`.
    #[must_use]
    pub fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(message)
            .class("RangeError")
            .code("ERR_BUFFER_TOO_LARGE")
    }

    /// The name of the error's class.
    #[must_use]
    pub fn class_name(&self) -> &str {
        &self.0.class
    }

    /// The property `code`, if there is one.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The other properties.
    pub fn details(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.details.iter().map(|(name, value)| (&**name, value))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}
