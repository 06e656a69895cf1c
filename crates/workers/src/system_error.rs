//! Errors of the operating system, as Node.js has them: `code`, `errno`, `syscall` and `path`.

use crate::Failure;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The failure of a call of the system, worded as `node:fs` does.
#[must_use]
pub fn failure(error: &io::Error, syscall: &'static str, path: Option<&Path>) -> Failure {
    let (code, text) = describe(error);
    let at = path.map(|path| format!(" '{}'", path.display()));
    let message = format!("{code}: {text}, {syscall}{}", at.unwrap_or_default());
    let mut failure = Failure::new(message).code(code);
    if let Some(number) = error.raw_os_error() {
        failure = failure.detail("errno", -number);
    }
    failure = failure.detail("syscall", syscall);
    match path {
        Some(path) => failure.detail("path", path.to_string_lossy().into_owned()),
        None => failure,
    }
}

/// The code of libuv, and its text for it.
fn describe(error: &io::Error) -> (&'static str, &'static str) {
    match error.kind() {
        ErrorKind::NotFound => ("ENOENT", "no such file or directory"),
        ErrorKind::PermissionDenied if is_not_permitted(error) => {
            ("EPERM", "operation not permitted")
        }
        ErrorKind::PermissionDenied => ("EACCES", "permission denied"),
        ErrorKind::AlreadyExists => ("EEXIST", "file already exists"),
        ErrorKind::IsADirectory => ("EISDIR", "illegal operation on a directory"),
        ErrorKind::NotADirectory => ("ENOTDIR", "not a directory"),
        ErrorKind::DirectoryNotEmpty => ("ENOTEMPTY", "directory not empty"),
        ErrorKind::StorageFull => ("ENOSPC", "no space left on device"),
        ErrorKind::QuotaExceeded => ("EDQUOT", "disk quota exceeded"),
        ErrorKind::ReadOnlyFilesystem => ("EROFS", "read-only file system"),
        ErrorKind::FileTooLarge => ("EFBIG", "file too large"),
        ErrorKind::ResourceBusy => ("EBUSY", "resource busy or locked"),
        ErrorKind::ExecutableFileBusy => ("ETXTBSY", "text file is busy"),
        ErrorKind::CrossesDevices => ("EXDEV", "cross-device link not permitted"),
        ErrorKind::InvalidFilename => ("ENAMETOOLONG", "name too long"),
        ErrorKind::InvalidInput => ("EINVAL", "invalid argument"),
        ErrorKind::BrokenPipe => ("EPIPE", "broken pipe"),
        ErrorKind::OutOfMemory => ("ENOMEM", "not enough memory"),
        _ => other(error),
    }
}

#[cfg(unix)]
fn is_not_permitted(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error())
}

#[cfg(not(unix))]
fn is_not_permitted(_error: &io::Error) -> bool {
    false
}

/// Those for which std has no stable kind.
#[cfg(unix)]
fn other(error: &io::Error) -> (&'static str, &'static str) {
    use rustix::io::Errno;

    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::LOOP) => ("ELOOP", "too many symbolic links encountered"),
        Some(Errno::MFILE) => ("EMFILE", "too many open files"),
        Some(Errno::NFILE) => ("ENFILE", "file table overflow"),
        Some(Errno::NXIO) => ("ENXIO", "no such device or address"),
        Some(Errno::NODEV) => ("ENODEV", "no such device"),
        _ => ("EIO", "i/o error"),
    }
}

#[cfg(not(unix))]
fn other(_error: &io::Error) -> (&'static str, &'static str) {
    ("EIO", "i/o error")
}
