//! Random access to the parts of a file that hold its header.

use crate::Failure;
use crate::source::FileReader;

/// Bytes that can be read at any offset.
pub trait HeaderBytes {
    /// The `length` bytes at `offset`, or fewer at the end of the data.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or the task is cancelled.
    fn at(&mut self, offset: u64, length: usize) -> Result<&[u8], Failure>;
}

impl HeaderBytes for &[u8] {
    fn at(&mut self, offset: u64, length: usize) -> Result<&[u8], Failure> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.len());
        let rest = &self[start..];
        Ok(&rest[..length.min(rest.len())])
    }
}

/// Minimum number of bytes read from a file at once.
const WINDOW: usize = 4096;

/// A file of which only the requested parts are read.
#[derive(Debug)]
pub struct FileBytes<'a> {
    file: FileReader<'a>,
    window: Vec<u8>,
    /// Offset of the window in the file, in bytes.
    start: u64,
}

impl<'a> FileBytes<'a> {
    /// Wraps a file that has not been read yet.
    #[must_use]
    pub fn new(file: FileReader<'a>) -> Self {
        Self {
            file,
            window: Vec::new(),
            start: 0,
        }
    }
}

impl HeaderBytes for FileBytes<'_> {
    fn at(&mut self, offset: u64, length: usize) -> Result<&[u8], Failure> {
        let known = offset
            .checked_sub(self.start)
            .and_then(|known| usize::try_from(known).ok())
            .filter(|&known| known <= self.window.len());
        match known {
            Some(known) if self.window.len() - known >= length => {
                return Ok(&self.window[known..known + length]);
            }
            Some(known) => drop(self.window.drain(..known)),
            None => {
                self.window.clear();
                self.file.skip_to(offset)?;
            }
        }
        self.start = offset;
        while self.window.len() < length {
            let known = self.window.len();
            self.window.resize(known + length.max(WINDOW), 0);
            let read = self.file.read(&mut self.window[known..]);
            self.window.truncate(known + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                break;
            }
        }
        Ok(&self.window[..length.min(self.window.len())])
    }
}
