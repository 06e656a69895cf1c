//! What a native task of a user costs more than a built-in one: the same task, once with the trait
//! of the built-in tasks and once through the C table. `cargo bench -p
//! native-worker-pool-engine-bench --bench user_tasks`.
//!
//! Both run by turns, a thousand times each, and the median of the differences is printed.
//! Criterion cannot measure differences: some are negative on a busy machine.

use native_worker_pool_engine::{CancelSource, CancelToken, Worker};
use native_worker_pool_sdk as sdk;
use native_worker_pool_table::UserTask;
use native_worker_pool_workers::{
    Bytes, Failure, FromValue, NativeTask, Task, TaskDefinition, TaskInput, TaskSet, Value,
};
use std::hint::black_box;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Instant;

/// Answers with its input, as a built-in task.
struct BuiltIn;

/// The only field.
struct Field(Value);

impl FromValue for Field {
    fn from_value(value: Value) -> Result<Self, Failure> {
        match value {
            Value::List(fields) => Ok(Self(fields.into_iter().next().unwrap_or_default())),
            other => Ok(Self(other)),
        }
    }
}

impl NativeTask for BuiltIn {
    type Input = Field;
    type Output = Value;

    fn run(&mut self, input: Field, _task: &Task<'_>) -> Result<Value, Failure> {
        Ok(input.0)
    }
}

/// Answers with its input, as a task of a user.
macro_rules! echo {
    ($name:ident, $type:ty) => {
        #[derive(Default)]
        struct $name;

        impl sdk::NativeTask for $name {
            type Input = $type;
            type Output = $type;

            fn run(&mut self, input: $type, _task: &sdk::Task) -> Result<$type, sdk::Failure> {
                Ok(input)
            }
        }
    };
}

echo!(Number, f64);
echo!(Text, String);
echo!(Octets, sdk::Bytes);

static NUMBER: sdk::abi::Table = sdk::boundary::table::<Number>(c"number");
static TEXT: sdk::abi::Table = sdk::boundary::table::<Text>(c"text");
static OCTETS: sdk::abi::Table = sdk::boundary::table::<Octets>(c"octets");

fn set_of(definition: TaskDefinition) -> TaskSet {
    TaskSet::new(Arc::new([definition]), Arc::new(|_, _| ()))
}

fn user_task(table: &'static sdk::abi::Table) -> TaskSet {
    // SAFETY: a table of the SDK.
    let task = unsafe { UserTask::of(NonNull::from(table).cast()) };
    set_of(task.expect("a table of this version").definition())
}

/// How many tasks are measured at once.
const BATCH: u32 = 1000;
/// How often.
const ROUNDS: usize = 2001;

/// The time of one task, in nanoseconds.
fn time_of(tasks: &mut TaskSet, data: &Value, token: &CancelToken) -> f64 {
    let input = || TaskInput {
        task: 0,
        data: Ok(Value::List(Box::new([data.clone()]))),
        is_secret: false,
        listener: None,
    };
    let inputs: Vec<_> = (0..BATCH).map(|_| Box::new(input())).collect();
    let start = Instant::now();
    for input in inputs {
        let _ = black_box(tasks.run(input, token));
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() {
    let source = CancelSource::new();
    let token = source.token();
    println!("ns a task: built-in, of a user, difference; medians of {ROUNDS} rounds by turns");
    for (name, table, data) in [
        ("number", &NUMBER, Value::from(1.5)),
        ("text of 64 bytes", &TEXT, Value::from("x".repeat(64))),
        ("64 bytes", &OCTETS, Bytes::copy_of(&[7; 64]).into()),
        (
            "1 MiB, moved",
            &OCTETS,
            Bytes::moved(Arc::new(vec![7; 1 << 20]), 0..1 << 20).into(),
        ),
    ] {
        let mut built_in = set_of(TaskDefinition::new("echo", || BuiltIn));
        let mut user = user_task(table);
        let rounds = (0..ROUNDS).map(|_| {
            let less = time_of(&mut built_in, &data, &token);
            (less, time_of(&mut user, &data, &token))
        });
        let (less, more): (Vec<_>, Vec<_>) = rounds.unzip();
        let differences = less.iter().zip(&more).map(|(less, more)| more - less);
        let difference = median(differences.collect());
        println!(
            "{name:18}{:8.1}{:8.1}{difference:8.1}",
            median(less),
            median(more)
        );
    }
}
