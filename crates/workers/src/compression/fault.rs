//! Why a codec failed.

use super::Format;
use crate::Failure;
use native_worker_pool_codecs::Error;
use std::borrow::Cow;

/// Why a codec failed, without what only its caller knows: the place in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// What is wrong with the data.
    Damaged(Cow<'static, str>),
    /// The data refer further back than the decoder allows, in bytes.
    WindowAbove(u64),
    OutOfMemory,
}

/// The data end before the stream does.
pub(super) const TRUNCATED: Fault = Fault::Damaged(Cow::Borrowed("unexpected end"));

/// There are data behind the stream that do not belong to it.
pub(super) const TRAILING: Fault = Fault::Damaged(Cow::Borrowed("trailing garbage"));

impl Fault {
    /// The failure of a task that has read `offset` bytes. The format is `None` if it was to be
    /// recognized and was not.
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
                Failure::too_large(format!("There is no memory for a codec of {format} data"))
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
