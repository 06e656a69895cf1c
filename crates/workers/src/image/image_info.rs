//! `native:imageInfo`: the properties in the header of an image.

use super::header::{FileBytes, Header};
use crate::source::{FileReader, Source, bytes, caused_by};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};

/// The input of `native:imageInfo`.
#[derive(Debug)]
pub struct ImageInfoInput(pub Source);

/// Reads the fields data and file, in this order.
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

    /// Reads only the header, even of a file.
    fn run(&mut self, input: ImageInfoInput, task: &Task<'_>) -> Result<Value, Failure> {
        match &input.0 {
            Source::Data(data) => {
                let mut file: &[u8] = data;
                let size = bytes(data.len() as u64);
                Ok(Header::read(&mut file)?.to_value(Some(size)))
            }
            Source::File(path) => {
                let file = FileReader::open(path, task)?;
                let size = file.length().map(bytes);
                Header::read(&mut FileBytes::new(file))
                    .map(|header| header.to_value(size))
                    .map_err(|failure| caused_by(Some(path), failure))
            }
        }
    }
}
