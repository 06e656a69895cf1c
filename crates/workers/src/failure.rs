//! Why a task of a native worker failed.

use std::fmt;

/// The error of a native worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The worker does not accept this input.
    InvalidInput(String),
    /// The input is valid, but the worker cannot compute a result for it.
    OutOfRange(String),
    /// The token was cancelled.
    Cancelled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidInput(message) | Self::OutOfRange(message) => f.write_str(message),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Failure {}
