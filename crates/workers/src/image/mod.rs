//! `native:image` and `native:imageInfo`: decode, transform and encode images.

mod colour;
pub mod decode;
pub mod encode;
pub mod format;
pub mod geometry;
pub mod header;
mod image_info;
mod input;
mod limits;
mod orientation;
mod pipeline;
mod pixels;
mod progress;
pub mod resize;
#[cfg(test)]
mod tests;

pub use self::image_info::{ImageInfo, ImageInfoInput};
pub use self::input::{ImageInput, Options};

use self::progress::Progress;
use crate::output::Output;
use crate::source::{bytes, caused_by};
use crate::{Failure, NativeTask, Task, Value};
use std::io::Write;

/// The task.
#[derive(Debug)]
pub struct Image;

impl NativeTask for Image {
    type Input = ImageInput;
    type Output = Value;

    fn run(&mut self, input: ImageInput, task: &Task<'_>) -> Result<Value, Failure> {
        let progress = Progress::new(task);
        let path = input.source.path().map(ToOwned::to_owned);
        let result = pipeline::run(input.source, &input.options, &progress)
            .map_err(|failure| caused_by(path.as_deref(), failure))?;
        let fields = [
            ("format", Value::from(result.format.name())),
            ("width", result.size.width.into()),
            ("height", result.size.height.into()),
            ("channels", u32::from(result.channels).into()),
            ("size", bytes(result.data.len() as u64).into()),
        ];
        let info = Value::Record(fields.map(|(name, value)| (name.into(), value)).into());
        let value = match input.output {
            None => Value::Record(Box::new([
                ("data".into(), result.data.into()),
                ("info".into(), info),
            ])),
            Some(path) => {
                let mut output = Output::create(path)?;
                output
                    .write_all(&result.data)
                    .map_err(|error| output.failure(&error))?;
                output.commit(task)?;
                info
            }
        };
        progress.finish();
        Ok(value)
    }
}
