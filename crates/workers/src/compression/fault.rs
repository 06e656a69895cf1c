//! Why a codec failed.

use super::Format;
use crate::Failure;
use native_worker_pool_codecs::Error;
use std::borrow::Cow;

/// Why a codec failed. Its caller adds the position in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data are damaged; describes how.
    Damaged(Cow<'static, str>),
    /// The data need a larger window than this limit, in bytes.
    WindowAbove(u64),
    OutOfMemory,
}

/// The data end before the stream does.
pub(super) const TRUNCATED: Fault = Fault::Damaged(Cow::Borrowed("unexpected end"));

/// The end of the stream is followed by other data.
pub(super) const TRAILING: Fault = Fault::Damaged(Cow::Borrowed("trailing garbage"));

impl Fault {
    /// Converts to the failure of a task that has read `offset` bytes. `format` is `None` if the
    /// format has not been recognized.
    pub(super) fn at(self, offset: u64, format: Option<Format>) -> Failure {
        let format = format.map_or("compressed", Format::name);
        match self {
            Self::Damaged(what) => {
                Failure::invalid_data(format!("Damaged {format} data at byte {offset}: {what}"))
            }
            Self::WindowAbove(limit) => Failure::too_large(format!(
                "The {format} data at byte {offset} need a window of more than {limit} bytes"
            )),
            Self::OutOfMemory => {
                Failure::too_large(format!("There is not enough memory for {format} data"))
            }
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::OutOfMemory => Self::OutOfMemory,
            Error::Data(text) => Self::Damaged(text.into()),
        }
    }
}
