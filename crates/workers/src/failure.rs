//! Why a task of a native worker failed.

use std::fmt;

/// What a native worker answers when it has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The input is nothing this worker takes.
    InvalidInput(String),
    /// The input is of the right kind, but beyond what this worker can do.
    OutOfRange(String),
    /// The token said to stop.
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
