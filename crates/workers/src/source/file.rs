//! Reads a file in pieces. A pipe without a writer does not block the thread: a task that reads one
//! can be aborted.

use super::{PIECE, bytes};
use crate::{Failure, Task, system_error};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

pub(super) fn read(
    path: &Path,
    task: &Task<'_>,
    mut consume: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |syscall| move |error| system_error::failure(&error, syscall, Some(path));
    let mut file = open(path).map_err(failed("open"))?;
    let metadata = file.metadata().map_err(failed("fstat"))?;
    let total = metadata.is_file().then(|| bytes(metadata.len()));
    let mut buffer = vec![0; PIECE];
    let mut done = 0;
    loop {
        if task.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let length = match file.read(&mut buffer) {
            Ok(0) if awaits_writer(&file) => {
                wait(&file);
                continue;
            }
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                wait(&file);
                continue;
            }
            Err(error) => return Err(failed("read")(error)),
        };
        consume(&buffer[..length])?;
        done += length as u64;
        task.report(bytes(done), total);
    }
}

/// Without waiting for whoever is at the other end of a pipe.
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

/// Whether this is a pipe that nobody has opened for writing yet. It reads as if it had ended.
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
    // The last writer has gone only if the pipe says that it was hung up.
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

/// Waits until there is something to read, for a millisecond at most: then the token is polled.
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
