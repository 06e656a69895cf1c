//! Reads a file in pieces. A pipe without a writer does not block the thread: a task that reads one
//! can be aborted.

use super::{PIECE, bytes};
use crate::{Failure, Task, system_error};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

pub(super) fn read(
    path: &Path,
    task: &Task<'_>,
    mut consume: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut file = FileReader::open(path, task)?;
    let total = file.length().map(bytes);
    let mut buffer = vec![0; PIECE];
    let mut done = 0;
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        consume(&buffer[..length])?;
        done += length as u64;
        task.report(bytes(done), total);
    }
}

/// Reads a file and polls the task's token.
#[derive(Debug)]
pub struct FileReader<'a> {
    file: File,
    path: &'a Path,
    task: &'a Task<'a>,
    length: Option<u64>,
    position: u64,
}

impl<'a> FileReader<'a> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// The errors of `open` in `node:fs`.
    pub fn open(path: &'a Path, task: &'a Task<'a>) -> Result<Self, Failure> {
        let failed = |syscall| move |error| system_error::failure(&error, syscall, Some(path));
        let file = open(path).map_err(failed("open"))?;
        let metadata = file.metadata().map_err(failed("fstat"))?;
        Ok(Self {
            file,
            path,
            task,
            length: known_length(&metadata),
            position: 0,
        })
    }

    /// The length in bytes; `None` for a pipe, a device or a file of `/proc`.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Reads the next bytes into `buffer`. Returns their number; 0 at the end of the file. Waits
    /// for the writer of a pipe.
    ///
    /// # Errors
    ///
    /// If the task is cancelled, or the file cannot be read.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            if self.task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            match self.file.read(buffer) {
                Ok(0) if !buffer.is_empty() && awaits_writer(&self.file) => wait(&self.file),
                Ok(length) => {
                    self.position += length as u64;
                    return Ok(length);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait(&self.file),
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    /// Moves forward to `offset`, in bytes from the start of the file. In a pipe, the bytes up to
    /// there are read and discarded.
    ///
    /// # Errors
    ///
    /// As [`FileReader::read`].
    pub fn skip_to(&mut self, offset: u64) -> Result<(), Failure> {
        if self.length.is_some() {
            let sought = self.file.seek(SeekFrom::Start(offset));
            self.position = sought.map_err(|error| self.failed(&error))?;
            return Ok(());
        }
        let mut skipped = [0; 4096];
        while self.position < offset {
            let left = usize::try_from(offset - self.position).unwrap_or(usize::MAX);
            let length = left.min(skipped.len());
            if self.read(&mut skipped[..length])? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Failure {
        system_error::failure(error, "read", Some(self.path))
    }
}

/// Opens a file without waiting for the writer of a pipe.
/// The length of a file; `None` if it is not known. Files of `/proc` and `/sys` have the length 0,
/// whatever can be read from them.
pub(super) fn known_length(metadata: &Metadata) -> Option<u64> {
    (metadata.is_file() && metadata.len() > 0).then_some(metadata.len())
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Whether this is a pipe that no process has opened for writing yet. Reading such a pipe returns 0
/// bytes, as at its end.
#[cfg(unix)]
fn awaits_writer(file: &File) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::os::unix::fs::FileTypeExt;

    let is_pipe = file
        .metadata()
        .is_ok_and(|metadata| metadata.file_type().is_fifo());
    if !is_pipe {
        return false;
    }
    let mut polled = [PollFd::new(file, PollFlags::IN)];
    // Once the last writer has closed the pipe, `poll` reports a hang-up.
    poll(&mut polled, Some(&NOW)).is_ok() && polled[0].revents().is_empty()
}

#[cfg(not(unix))]
fn awaits_writer(_file: &File) -> bool {
    false
}

#[cfg(unix)]
const NOW: rustix::event::Timespec = rustix::event::Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Waits until there is something to read, but at most a millisecond, so that the token is polled.
#[cfg(unix)]
fn wait(file: &File) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    const MILLISECOND: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 1_000_000,
    };
    let _ = poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&MILLISECOND));
}

#[cfg(not(unix))]
fn wait(_file: &File) {
    std::thread::sleep(std::time::Duration::from_millis(1));
}
