//! Why a task failed.

use crate::boundary::Owned;
use crate::ser;
use serde_core::Serialize;
use std::borrow::Cow;
use std::fmt;

/// The error that a task rejects with.
///
/// Every `std::error::Error` converts to a failure with its message, so `?` works in `run`.
///
/// ```
/// use native_worker_pool_sdk::Failure;
///
/// let failure = Failure::new("the radius is too large")
///     .class("RangeError")
///     .code("E_RADIUS")
///     .detail("limit", 7.5);
/// assert_eq!(failure.to_string(), "RangeError: the radius is too large (E_RADIUS)");
///
/// fn parse(text: &str) -> Result<f64, Failure> {
///     Ok(text.parse::<f64>()?)
/// }
/// assert_eq!(parse("x").unwrap_err().message(), "invalid float literal");
/// ```
#[derive(Debug)]
pub struct Failure(Box<Content>);

#[derive(Debug)]
struct Content {
    class: Cow<'static, str>,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    details: Vec<(Box<str>, Owned)>,
}

impl Failure {
    /// Creates a failure that rejects with an `Error` of this message.
    ///
    /// ```
    /// let failure = native_worker_pool_sdk::Failure::new("no such frame");
    /// assert_eq!(failure.message(), "no such frame");
    /// ```
    #[must_use]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Content {
            class: "Error".into(),
            code: None,
            message: message.into(),
            details: Vec::new(),
        }))
    }

    /// The failure to return when [`Task::is_cancelled`](crate::Task::is_cancelled) is true. The
    /// promise has already rejected, so this failure is discarded.
    ///
    /// ```
    /// use native_worker_pool_sdk::Failure;
    ///
    /// assert_eq!(Failure::cancelled().message(), "cancelled");
    /// ```
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new("cancelled").code("ABORT_ERR")
    }

    /// Sets the class of the error: `EvalError`, `RangeError`, `ReferenceError`,
    /// `SyntaxError`, `TypeError` or `URIError`. Any other name selects `Error`.
    ///
    /// ```
    /// let failure = native_worker_pool_sdk::Failure::new("too large").class("RangeError");
    /// assert_eq!(failure.to_string(), "RangeError: too large");
    /// ```
    #[must_use]
    pub fn class(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.class = name.into();
        self
    }

    /// Sets the property `code`. The pool removes codes that begin with `ERR_POOL_`, which are its
    /// own.
    ///
    /// ```
    /// let failure = native_worker_pool_sdk::Failure::new("no such frame").code("E_FRAME");
    /// assert_eq!(failure.to_string(), "Error: no such frame (E_FRAME)");
    /// ```
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Adds a property. A value without an equivalent in JavaScript, such as an integer above 2^53,
    /// is omitted.
    ///
    /// ```
    /// use native_worker_pool_sdk::Failure;
    ///
    /// let failure = Failure::new("no such frame").detail("frame", 7).detail("frames", [1, 2]);
    /// # assert_eq!(failure.message(), "no such frame");
    /// ```
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if let Ok(value) = ser::to_value(&value) {
            self.0.details.push((name.into().into(), value));
        }
        self
    }

    /// The message.
    ///
    /// ```
    /// assert_eq!(native_worker_pool_sdk::Failure::new("late").message(), "late");
    /// ```
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Converts to the form of the table, see [`abi::FAILED`](crate::abi::FAILED).
    pub(crate) fn into_owned(self) -> Owned {
        let Content {
            class,
            code,
            message,
            details,
        } = *self.0;
        let text = |text: Cow<'static, str>| Owned::text(text.into_owned().into());
        let mut fields = vec![("message", text(message)), ("class", text(class))];
        fields.extend(code.map(|code| ("code", text(code))));
        fields.push(("details", Owned::record(details)));
        Owned::record(fields)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.class, self.0.message)?;
        match &self.0.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

// `Failure` does not implement `Error`: this would conflict with `impl From<T> for T`.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}
