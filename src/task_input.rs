//! The input of a native task, from an array of JavaScript.

use crate::value::{self, Moves};
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
    let argument: Unknown<'_> = call.get(1)?;
    let unexpected = || Error::new(Status::InvalidArg, "the input of a task must be an array");
    let Value::List(fields) = value::from_js(call.env.raw(), argument.raw(), moves)? else {
        return Err(unexpected());
    };
    let mut fields = fields.into_vec().into_iter();
    let Some(Value::Number(position)) = fields.next() else {
        return Err(unexpected());
    };
    let task = crate::functions::limit(position);
    let definition = definitions.get(task).ok_or_else(unexpected)?;
    Ok(TaskInput {
        task,
        data: Ok(Value::List(fields.collect())),
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
