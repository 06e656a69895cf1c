//! A task's input data: bytes or a file. Both are read in pieces, and the task's token is polled
//! between them.

mod file;

pub use self::file::FileReader;

use crate::{Bytes, Failure, Fields, Task};
use std::path::{Path, PathBuf};

/// Maximum number of bytes read between two polls of the token. The slowest hash takes about 200 us
/// for them.
pub const PIECE: usize = 128 << 10;

/// The input data of a task.
#[derive(Debug)]
pub enum Source {
    /// Bytes in memory.
    Data(Bytes),
    /// The file at this path.
    File(PathBuf),
}

impl Source {
    /// Reads the next two fields, data and file, one of which is undefined.
    ///
    /// # Errors
    ///
    /// If a field is of another type.
    pub fn from_fields(fields: &mut Fields) -> Result<Self, Failure> {
        let (data, file) = (fields.bytes()?, fields.path()?);
        Ok(match file {
            Some(path) => Self::File(path),
            None => Self::Data(data.unwrap_or_default()),
        })
    }

    /// The path of the file, if the source is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Data(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// The length in bytes, if it is known before the data are read. A file may change until then.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Data(data) => Some(data.len() as u64),
            Self::File(path) => {
                let metadata = std::fs::metadata(path).ok()?;
                file::known_length(&metadata)
            }
        }
    }

    /// Calls `consume` with each piece in turn. Reports the number of bytes consumed, and the total
    /// unless the file is a pipe or a device.
    ///
    /// # Errors
    ///
    /// If the task is cancelled, the file cannot be read, or `consume` fails.
    pub fn read(
        &self,
        task: &Task<'_>,
        mut consume: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Data(data) => {
                let mut done = 0;
                for piece in data.chunks(PIECE) {
                    if task.is_cancelled() {
                        return Err(Failure::cancelled());
                    }
                    consume(piece)?;
                    done += piece.len();
                    task.report(bytes(done as u64), Some(bytes(data.len() as u64)));
                }
                Ok(())
            }
            Self::File(path) => file::read(path, task, consume),
        }
    }
}

/// Adds the property `path` to a failure that the content of a file caused, so that a caller that
/// reads many files can identify it. Failures of the system already have the property.
#[must_use]
pub fn caused_by(path: Option<&Path>, failure: Failure) -> Failure {
    let has_path = failure.details().any(|(name, _)| name == "path");
    match path {
        Some(path) if !has_path => failure.detail("path", path.to_string_lossy().into_owned()),
        _ => failure,
    }
}

/// Converts a byte count to a number of JavaScript.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 8 PiB; beyond that progress is off by some bytes"
)]
pub(crate) fn bytes(count: u64) -> f64 {
    count as f64
}
