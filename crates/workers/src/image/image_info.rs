//! `native:imageInfo`: what the header of an image says.

use super::header::{FileBytes, Header};
use crate::source::{FileReader, Source, caused_by};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};

/// The input of `native:imageInfo`.
#[derive(Debug)]
pub struct ImageInfoInput(pub Source);

/// Fields: data, file.
impl FromValue for ImageInfoInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        Ok(Self(Source::from_fields(&mut Fields::of(value)?)?))
    }
}

/// The task.
#[derive(Debug)]
pub struct ImageInfo;

impl NativeTask for ImageInfo {
    type Input = ImageInfoInput;
    type Output = Value;

    /// Reads the header, and of a file no more than that.
    fn run(&mut self, input: ImageInfoInput, task: &Task<'_>) -> Result<Value, Failure> {
        match &input.0 {
            Source::Data(data) => {
                let mut bytes: &[u8] = data;
                let size = super::length(data.len());
                Ok(Header::read(&mut bytes)?.to_value(Some(size)))
            }
            Source::File(path) => {
                let file = FileReader::open(path, task)?;
                let size = file.length().map(crate::source::bytes);
                Header::read(&mut FileBytes::new(file))
                    .map(|header| header.to_value(size))
                    .map_err(|failure| caused_by(Some(path), failure))
            }
        }
    }
}
