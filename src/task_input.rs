//! The input of a native task, from an array of JavaScript.

use crate::value::{Items, Moves, Reader};
use napi::bindgen_prelude::FunctionCallContext;
use napi::{Error, JsValue, Result, Status, Unknown};
use native_worker_pool_workers::{InvalidData, TaskDefinition, TaskInput, Value};

/// The second argument of a call: the position of a task among `definitions`, and the fields of its
/// input.
///
/// # Errors
///
/// If it is something else.
pub(crate) fn of(
    call: &FunctionCallContext<'_>,
    definitions: &[TaskDefinition],
    listener: Option<u32>,
    moves: &Moves,
) -> Result<TaskInput> {
    let env = call.env.raw();
    let argument: Unknown<'_> = call.get(1)?;
    let fields = Items::of(env, argument.raw())?;
    let reader = Reader {
        env,
        moves,
        is_secret: false,
    };
    let unexpected = || {
        Error::new(
            Status::InvalidArg,
            "an input must begin with the index of its task",
        )
    };
    let Value::Number(position) = reader.read(fields.get(0)?)? else {
        return Err(unexpected());
    };
    let task = crate::functions::limit(position);
    let definition = definitions.get(task).ok_or_else(unexpected)?;
    let reader = Reader {
        is_secret: definition.has_secret_input(),
        ..reader
    };
    let data = fields.map_from(1, |field| reader.read(field))?;
    Ok(TaskInput {
        task,
        data: Ok(Value::List(data)),
        is_secret: definition.has_secret_input(),
        listener,
    })
}

/// The input of a task with invalid data.
pub(crate) fn invalid() -> TaskInput {
    TaskInput {
        task: 0,
        data: Err(InvalidData),
        is_secret: false,
        listener: None,
    }
}
