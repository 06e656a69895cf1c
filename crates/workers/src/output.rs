//! The file that a task writes. It appears at its path complete or not at all.
//!
//! The bytes go to a temporary file in the same folder, which replaces the file at the path when
//! the task commits. A process that is killed leaves the temporary file behind; its name,
//! `.NAME.RANDOM.native-worker-pool.tmp`, says whose it is and what made it.

#[cfg(test)]
mod tests;

use crate::{Failure, Task, system_error};
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many bytes are written to the file at once, at least.
const BUFFER: usize = 64 << 10;

/// How many characters of the file's name the temporary name has at most. Systems allow names of 255
/// bytes, and a character has up to four.
const STEM: usize = 50;

/// A file that is being written. Unless it is committed, nothing of it remains.
#[derive(Debug)]
pub struct Output {
    /// What the caller passed, for messages.
    path: PathBuf,
    /// The file that is replaced: `path` with symbolic links followed.
    target: PathBuf,
    temporary: Temporary,
    file: BufWriter<File>,
    written: u64,
}

impl Output {
    /// Starts to write the file at `path`, which need not exist; its folder must. An existing file
    /// keeps its contents until [`Output::commit`]. The new one has its permissions, and its owner
    /// where the system allows that. A symbolic link stays; the file that it refers to is replaced.
    ///
    /// # Errors
    ///
    /// Those of `open`, as in `node:fs`, when the file could not be written: a folder is missing,
    /// or the path is that of a directory, of a pipe or of a device.
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
        let target = follow_links(path)?;
        let replaced = replaceable(&target)?;
        let (temporary, file) = Temporary::create(&target, replaced.as_ref())?;
        if let Some(metadata) = &replaced {
            inherit(&file, metadata)?;
        }
        Ok((target, temporary, file))
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The failure for an error of [`Write`]: `ENOSPC`, say.
    #[must_use]
    pub fn failure(&self, error: &io::Error) -> Failure {
        system_error::failure(error, "write", Some(&self.path))
    }

    /// Stores the file on the disk and moves it to its path. Returns how many bytes it has.
    ///
    /// # Errors
    ///
    /// When the rest of the bytes cannot be written, the task has been cancelled meanwhile, or the
    /// file cannot be replaced. Then the old one is as it was.
    pub fn commit(mut self, task: &Task<'_>) -> Result<u64, Failure> {
        let path = &self.path;
        let failed = |syscall| move |error| system_error::failure(&error, syscall, Some(path));
        self.file.flush().map_err(failed("write"))?;
        // This can take seconds, in which the task may be cancelled.
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

/// A temporary file, which is removed when this is dropped.
#[derive(Debug)]
struct Temporary(Option<PathBuf>);

impl Temporary {
    /// A new file beside `target`, that nobody may read who may not read the file it replaces.
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
            // There is nobody to whom a failure could be reported.
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

/// The file that a path names, which need not exist. `fs::canonicalize` needs one that does.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // As many as Linux follows; a loop of links fails when the file is opened.
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

/// Describes the file that will be replaced, if there is one. Fails as writing to it would.
fn replaceable(target: &Path) -> io::Result<Option<Metadata>> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        // The empty path names no file, and none can be created there.
        Err(error) if error.kind() == ErrorKind::NotFound && target.file_name().is_some() => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if metadata.is_dir() {
        return Err(is_directory());
    }
    if !metadata.is_file() {
        // A pipe or a device: moving a file to its path would destroy it.
        return Err(is_no_file());
    }
    // Replacing needs no permission to write the file itself; a caller expects that it does.
    OpenOptions::new().write(true).open(target)?;
    Ok(Some(metadata))
}

#[cfg(unix)]
fn is_directory() -> io::Error {
    rustix::io::Errno::ISDIR.into()
}

#[cfg(not(unix))]
fn is_directory() -> io::Error {
    ErrorKind::IsADirectory.into()
}

#[cfg(unix)]
fn is_no_file() -> io::Error {
    rustix::io::Errno::INVAL.into()
}

#[cfg(not(unix))]
fn is_no_file() -> io::Error {
    ErrorKind::InvalidInput.into()
}

/// The permissions of a new file, before it has those of the file that it replaces.
#[cfg(unix)]
fn restrict(options: &mut OpenOptions, replaced: Option<&Metadata>) {
    use std::os::unix::fs::OpenOptionsExt;

    options.mode(if replaced.is_some() { 0o600 } else { 0o666 });
}

#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _replaced: Option<&Metadata>) {}

/// Copies owner and permissions of the replaced file.
#[cfg(unix)]
fn inherit(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    // Only root may give a file away; the owner may choose among their groups.
    let _ = fchown(file, Some(replaced.uid()), Some(replaced.gid()))
        .or_else(|_| fchown(file, None, Some(replaced.gid())));
    // Not setuid and setgid: whoever set them did not mean the new contents.
    file.set_permissions(fs::Permissions::from_mode(replaced.mode() & 0o777))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "one signature for all systems")]
fn inherit(_file: &File, _replaced: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Stores the file's new name on the disk, where the file system can.
#[cfg(unix)]
fn sync_folder(file: &Path) {
    if let Some(Ok(folder)) = file.parent().map(File::open) {
        // The file is in place: a power failure may at worst bring back the old one.
        let _ = folder.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_folder(_file: &Path) {}
