//! What a task reads: bytes that it was given, or a file. Either comes in pieces, and the task's
//! token is polled between two of them.

mod file;

pub use self::file::FileReader;

use crate::{Bytes, Failure, Fields, Task};
use std::path::{Path, PathBuf};

/// How many bytes are read between two polls of the token: some 200 us of the slowest hash.
pub const PIECE: usize = 128 << 10;

/// What a task reads.
#[derive(Debug)]
pub enum Source {
    /// These bytes.
    Data(Bytes),
    /// The file at this path.
    File(PathBuf),
}

impl Source {
    /// The source of an input's next two fields, data and file, of which one is undefined.
    ///
    /// # Errors
    ///
    /// When the fields are neither.
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

    /// How many bytes there are, if that is known before they are read. A file may change meanwhile.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Data(data) => Some(data.len() as u64),
            Self::File(path) => {
                let metadata = std::fs::metadata(path).ok()?;
                metadata.is_file().then_some(metadata.len())
            }
        }
    }

    /// Calls `consume` with one piece after the other. Reports how many bytes have been consumed,
    /// of how many if that is known: a pipe or a device does not say.
    ///
    /// # Errors
    ///
    /// When the task is cancelled, the file cannot be read, or `consume` fails.
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

/// Adds the property `path` to a failure that the content of a file caused, so that a caller who reads
/// many files knows which one it was. Failures of the system have the property already.
#[must_use]
pub fn caused_by(path: Option<&Path>, failure: Failure) -> Failure {
    let has_path = failure.details().any(|(name, _)| name == "path");
    match path {
        Some(path) if !has_path => failure.detail("path", path.to_string_lossy().into_owned()),
        _ => failure,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 8 PiB; beyond that progress is off by some bytes"
)]
pub(crate) fn bytes(count: u64) -> f64 {
    count as f64
}
