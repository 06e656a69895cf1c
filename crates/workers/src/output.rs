//! A task's output file. It appears at its path complete or not at all.
//!
//! The bytes go to a temporary file in the same folder, which replaces the file at the path when
//! the task commits. If the process is killed, the temporary file remains. Its name,
//! `.NAME.RANDOM.native-worker-pool.tmp`, identifies the output file and this package.

#[cfg(test)]
mod tests;

use crate::{Failure, Task, system_error};
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Size of the write buffer, in bytes.
const BUFFER: usize = 64 << 10;

/// Maximum number of characters of the file's name in the temporary name. Systems allow names of
/// 255 bytes, and a character has up to four.
const STEM: usize = 50;

/// A file that is being written. Dropping it without a commit removes it.
#[derive(Debug)]
pub struct Output {
    /// The path that the caller passed, for error messages.
    path: PathBuf,
    /// The file to replace: `path` with symbolic links resolved.
    target: PathBuf,
    temporary: Temporary,
    file: BufWriter<File>,
    written: u64,
}

impl Output {
    /// Starts writing the file at `path`. The file need not exist, but its folder must. An existing
    /// file keeps its contents until [`Output::commit`]. The new file inherits its permissions, and
    /// its owner where the system allows that. A symbolic link stays, and its target is replaced.
    ///
    /// # Errors
    ///
    /// The errors of `open` in `node:fs` if the file cannot be written: a folder is missing, or the
    /// path is that of a directory, a pipe or a device.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Failure> {
        let path = path.into();
        match Self::open(&path) {
            Ok((target, temporary, file)) => Ok(Self {
                path,
                target,
                temporary,
                file: BufWriter::with_capacity(BUFFER, file),
                written: 0,
            }),
            Err(error) => Err(system_error::failure(&error, "open", Some(&path))),
        }
    }

    fn open(path: &Path) -> io::Result<(PathBuf, Temporary, File)> {
        // By the original path: a link in /proc, such as /dev/stdout, may lead to a pipe, which has
        // no path of its own.
        let replaced = replaceable(path)?;
        let target = follow_links(path)?;
        let (temporary, file) = Temporary::create(&target, replaced.as_ref())?;
        if let Some(metadata) = &replaced {
            inherit(&file, metadata)?;
        }
        Ok((target, temporary, file))
    }

    /// Number of bytes written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Converts an error of [`Write`], such as `ENOSPC`, to a failure.
    #[must_use]
    pub fn failure(&self, error: &io::Error) -> Failure {
        system_error::failure(error, "write", Some(&self.path))
    }

    /// Flushes the file to the disk and moves it to its path. Returns its size in bytes.
    ///
    /// # Errors
    ///
    /// If the remaining bytes cannot be written, the task has been cancelled, or the file cannot be
    /// replaced. An existing file is then unchanged.
    pub fn commit(mut self, task: &Task<'_>) -> Result<u64, Failure> {
        let path = &self.path;
        let failed = |syscall| move |error| system_error::failure(&error, syscall, Some(path));
        self.file.flush().map_err(failed("write"))?;
        // This can take seconds, during which the task may be cancelled.
        self.file.get_ref().sync_all().map_err(failed("fsync"))?;
        if task.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let renamed = self.temporary.rename(&self.target);
        renamed.map_err(failed("rename"))?;
        sync_folder(&self.target);
        Ok(self.written)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.written += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A temporary file that is removed when this is dropped.
#[derive(Debug)]
struct Temporary(Option<PathBuf>);

impl Temporary {
    /// Creates a file next to `target`. Until it has inherited the permissions of the file that it
    /// replaces, only its owner may read it.
    fn create(target: &Path, replaced: Option<&Metadata>) -> io::Result<(Self, File)> {
        loop {
            let path = temporary_path(target);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            restrict(&mut options, replaced);
            match options.open(&path) {
                Ok(file) => return Ok((Self(Some(path)), file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn rename(&mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            fs::rename(path, target)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // A failure cannot be reported from `drop`.
            let _ = fs::remove_file(path);
        }
    }
}

fn temporary_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let stem: String = name.chars().take(STEM).collect();
    let random = RandomState::new().hash_one(target);
    target.with_file_name(format!(".{stem}.{random:016x}.native-worker-pool.tmp"))
}

/// Resolves symbolic links. Unlike `fs::canonicalize`, it accepts a file that does not exist.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // Linux follows 40 links. A loop of links fails when the file is opened.
    for _ in 0..40 {
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.file_type().is_symlink());
        if !is_link {
            break;
        }
        let link = fs::read_link(&path)?;
        path.pop();
        path.push(link);
    }
    Ok(path)
}

/// The metadata of the file to be replaced; `None` if it does not exist. Fails if the file cannot
/// be written, as opening it would.
fn replaceable(target: &Path) -> io::Result<Option<Metadata>> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        // An empty path is refused here: no file can be created there.
        Err(error) if error.kind() == ErrorKind::NotFound && target.file_name().is_some() => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if metadata.is_dir() {
        return Err(directory_error());
    }
    if !metadata.is_file() {
        // A rename would destroy a pipe or a device.
        return Err(not_a_file_error());
    }
    // A rename needs no write permission on the file itself, but callers expect that it does.
    OpenOptions::new().write(true).open(target)?;
    Ok(Some(metadata))
}

#[cfg(unix)]
fn directory_error() -> io::Error {
    rustix::io::Errno::ISDIR.into()
}

#[cfg(not(unix))]
fn directory_error() -> io::Error {
    ErrorKind::IsADirectory.into()
}

#[cfg(unix)]
fn not_a_file_error() -> io::Error {
    rustix::io::Errno::INVAL.into()
}

#[cfg(not(unix))]
fn not_a_file_error() -> io::Error {
    ErrorKind::InvalidInput.into()
}

/// Sets the permissions with which the temporary file is created, before [`inherit`] changes them.
#[cfg(unix)]
fn restrict(options: &mut OpenOptions, replaced: Option<&Metadata>) {
    use std::os::unix::fs::OpenOptionsExt;

    options.mode(if replaced.is_some() { 0o600 } else { 0o666 });
}

#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _replaced: Option<&Metadata>) {}

/// Copies the owner and the permissions of the replaced file.
#[cfg(unix)]
fn inherit(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    // Only root may change the owner. The owner may change the group to another of their own.
    let _ = fchown(file, Some(replaced.uid()), Some(replaced.gid()))
        .or_else(|_| fchown(file, None, Some(replaced.gid())));
    // Clears setuid and setgid, which were set for the old contents.
    file.set_permissions(fs::Permissions::from_mode(replaced.mode() & 0o777))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "one signature for all systems")]
fn inherit(_file: &File, _replaced: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Flushes the rename to the disk, where the file system supports that.
#[cfg(unix)]
fn sync_folder(file: &Path) {
    if let Some(Ok(folder)) = file.parent().map(File::open) {
        // An error is ignored: the file is in place, and a power failure at worst restores the old
        // one.
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_folder(_file: &Path) {}
