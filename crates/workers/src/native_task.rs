//! What a native task implements, and how a pool runs several of them on the same threads.

use crate::{Failure, Progress, Reporter, Task, Value, buffer};
use native_worker_pool_engine::{CancelToken, Worker};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroize;

/// A task that runs on Rust threads, on any data.
///
/// Each thread makes one instance, with its first task of this kind, and drops it after a panic. So
/// an instance may keep buffers from one task to the next. It must neither overflow the stack (2
/// MiB) nor abort: those end the process.
pub trait NativeTask: 'static {
    /// What the task takes.
    type Input: FromValue;
    /// What it results in.
    type Output: Into<Value>;

    /// Runs one task.
    ///
    /// A task that may take more than a few milliseconds calls [`Task::is_cancelled`] about once a
    /// millisecond, and returns [`Failure::cancelled`] when it is. What it returns then is
    /// discarded.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects this task only; the instance is used for the next.
    fn run(&mut self, input: Self::Input, task: &Task<'_>) -> Result<Self::Output, Failure>;

    /// The thread has been idle for a while: frees what is kept for the next task.
    fn rest(&mut self) {}
}

/// A type that a value of JavaScript can be converted to.
pub trait FromValue: Sized {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// When it is not of this type. The failure says what was expected.
    fn from_value(value: Value) -> Result<Self, Failure>;
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, Failure> {
        Ok(value)
    }
}

/// A native task of any type.
trait AnyTask {
    fn run(&mut self, input: Value, task: &Task<'_>) -> Result<Value, Failure>;
    fn rest(&mut self);
}

impl<T: NativeTask> AnyTask for T {
    fn run(&mut self, input: Value, task: &Task<'_>) -> Result<Value, Failure> {
        let input = T::Input::from_value(input)?;
        NativeTask::run(self, input, task).map(Into::into)
    }

    fn rest(&mut self) {
        NativeTask::rest(self);
    }
}

/// A native task by name.
#[derive(Clone)]
pub struct TaskDefinition {
    name: Cow<'static, str>,
    is_secret: bool,
    make: Arc<Make>,
}

/// Makes an instance of a task.
type Make = dyn Fn() -> Result<Box<dyn AnyTask>, Failure> + Send + Sync;

impl TaskDefinition {
    /// A task whose instances `make` makes, each on its thread.
    pub fn new<T: NativeTask>(
        name: impl Into<Cow<'static, str>>,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        Self::fallible(name, move || Ok(make()))
    }

    /// A task whose instances cannot always be made. The failure is that of the task that needs the
    /// instance; the next one tries again.
    pub fn fallible<T: NativeTask>(
        name: impl Into<Cow<'static, str>>,
        make: impl Fn() -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            is_secret: false,
            make: Arc::new(move || Ok(Box::new(make()?))),
        }
    }

    /// The same task, whose input is wiped from memory, also when it never runs.
    #[must_use]
    pub fn with_secret_input(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the input must be wiped from memory.
    #[must_use]
    pub fn has_secret_input(&self) -> bool {
        self.is_secret
    }
}

impl fmt::Debug for TaskDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskDefinition")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Number of fields that are not charged to the data. No built-in task has more; a user's task may
/// take a list of any length.
const FREE_FIELDS: usize = 64;

/// The input of one task of a [`TaskSet`].
#[derive(Debug)]
pub struct TaskInput {
    /// The position of the task in the set.
    pub task: usize,
    /// The data; an error if no task accepts them.
    pub data: Result<Value, InvalidData>,
    /// Whether the data must be wiped from memory.
    pub is_secret: bool,
    /// Identifies who listens to the task's progress, if anybody does.
    pub listener: Option<u32>,
}

/// Data that no task accepts. What is wrong with them is known where they were submitted.
#[derive(Debug, Clone, Copy)]
pub struct InvalidData;

impl TaskInput {
    /// The size of the data in bytes: the contents of all fields. The `Value`s that hold the
    /// fields count only from the 65th on, so that an ordinary task is charged for its data alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.data {
            Ok(Value::List(fields)) => {
                let more = fields.get(FREE_FIELDS..).map_or(0, size_of_val);
                more + fields.iter().map(Value::size).sum::<usize>()
            }
            Ok(data) => data.size(),
            Err(InvalidData) => 0,
        }
    }

    fn take(&mut self) -> Result<Value, Failure> {
        match &mut self.data {
            Ok(data) => Ok(std::mem::take(data)),
            Err(InvalidData) => Err(Failure::invalid_value("invalid data")),
        }
    }
}

impl Drop for TaskInput {
    fn drop(&mut self) {
        if let (true, Ok(data)) = (self.is_secret, &mut self.data) {
            data.zeroize();
        }
    }
}

/// Several native tasks, of which a thread runs any.
pub struct TaskSet {
    definitions: Arc<[TaskDefinition]>,
    made: Vec<Option<Box<dyn AnyTask>>>,
    progressed: Arc<OnProgress>,
}

/// Receives the progress of tasks, with the listener of each.
pub type OnProgress = dyn Fn(u32, Progress) + Send + Sync;

impl TaskSet {
    /// A set without instances, which calls `progressed` on the thread that runs a task, before the
    /// task ends.
    #[must_use]
    pub fn new(definitions: Arc<[TaskDefinition]>, progressed: Arc<OnProgress>) -> Self {
        let made = definitions.iter().map(|_| None).collect();
        Self {
            definitions,
            made,
            progressed,
        }
    }
}

impl Worker for TaskSet {
    type Input = Box<TaskInput>;
    type Output = Box<Value>;
    type Error = Failure;

    const REST_AFTER: Option<Duration> = Some(Duration::from_secs(1));

    fn run(
        &mut self,
        mut input: Box<TaskInput>,
        token: &CancelToken,
    ) -> Result<Box<Value>, Failure> {
        let data = input.take()?;
        let Some((definition, instance)) = self
            .definitions
            .get(input.task)
            .zip(self.made.get_mut(input.task))
        else {
            return Err(Failure::new(format!("There is no task {}", input.task)));
        };
        let instance = match instance {
            Some(instance) => instance,
            None => instance.insert((definition.make)()?),
        };
        let result = match input.listener {
            None => instance.run(data, &Task::new(token)),
            Some(listener) => {
                let deliver = |progress| (self.progressed)(listener, progress);
                let reporter = Reporter::new(&deliver);
                let result = instance.run(data, &Task::reporting(token, &reporter));
                reporter.flush();
                result
            }
        };
        result.map(Box::new)
    }

    fn rest(&mut self) {
        for instance in self.made.iter_mut().flatten() {
            instance.rest();
        }
        buffer::free();
    }
}

impl Drop for TaskSet {
    fn drop(&mut self) {
        buffer::free();
    }
}

impl fmt::Debug for TaskSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.definitions.fmt(f)
    }
}
