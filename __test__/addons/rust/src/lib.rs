//! Native tasks for the tests. Some misbehave on purpose.

use native_worker_pool_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Any value of JavaScript.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Any {
    Bool(bool),
    Number(f64),
    // In this order, since serde makes bytes of a list of numbers, and a text of bytes, if it can.
    List(Vec<Any>),
    Bytes(Bytes),
    Text(String),
    Record(BTreeMap<String, Any>),
    Null(Option<()>),
}

/// A task that answers with its input.
macro_rules! echo {
    ($name:ident, $task:ident, $type:ty) => {
        #[derive(Default)]
        struct $task;

        impl NativeTask for $task {
            type Input = $type;
            type Output = $type;

            fn run(&mut self, input: $type, _task: &Task) -> Result<$type, Failure> {
                Ok(input)
            }
        }

        export_task!($name, $task);
    };
}

echo!(any, EchoAny, Any);
echo!(number, EchoNumber, f64);
echo!(integer, EchoInteger, i64);
echo!(boolean, EchoBoolean, bool);
echo!(text, EchoText, String);
echo!(nothing, EchoNothing, ());
echo!(bytes, EchoBytes, Bytes);
echo!(octets, EchoOctets, Vec<u8>);
echo!(shape, EchoShape, Shape);
echo!(drawing, EchoDrawing, Drawing);

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Shape {
    Empty,
    Circle(f64),
    Line(f64, f64),
    Box { width: f64, height: f64 },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Drawing {
    title: String,
    shapes: Vec<Shape>,
    pixels: Bytes,
    scale: Option<f64>,
}

/// How many instances of [`Counting`] there are, and whether one was dropped on another thread than
/// its own.
static INSTANCES: AtomicU32 = AtomicU32::new(0);
static WAS_MOVED: AtomicBool = AtomicBool::new(false);

/// Counts the tasks of its instance.
struct Counting {
    tasks: u32,
    thread: ThreadId,
}

impl Default for Counting {
    fn default() -> Self {
        INSTANCES.fetch_add(1, SeqCst);
        Self {
            tasks: 0,
            thread: thread::current().id(),
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        INSTANCES.fetch_sub(1, SeqCst);
        if thread::current().id() != self.thread {
            WAS_MOVED.store(true, SeqCst);
        }
    }
}

impl NativeTask for Counting {
    type Input = String;
    type Output = u32;

    fn run(&mut self, what: String, _task: &Task) -> Result<u32, Failure> {
        self.tasks += 1;
        match &*what {
            // Unlike `panic!`, `resume_unwind` does not print.
            "panic" => resume_unwind(Box::new("the last words of a user's task")),
            "formatted" => resume_unwind(Box::new(format!("tasks: {}", self.tasks))),
            "payload" => resume_unwind(Box::new(Bomb)),
            _ => Ok(self.tasks),
        }
    }
}

export_task!(counting, Counting);

/// A payload whose destructor panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("the payload's destructor"));
    }
}

/// The number of instances of [`Counting`]; -1 if one was dropped on another thread than its own.
#[derive(Default)]
struct Instances;

impl NativeTask for Instances {
    type Input = ();
    type Output = i64;

    fn run(&mut self, _: (), _task: &Task) -> Result<i64, Failure> {
        Ok(if WAS_MOVED.load(SeqCst) {
            -1
        } else {
            INSTANCES.load(SeqCst).into()
        })
    }
}

export_task!(instances, Instances);

/// Panics in every second call of `default`.
struct BadStart;

static STARTS: AtomicU32 = AtomicU32::new(0);

impl Default for BadStart {
    fn default() -> Self {
        if STARTS.fetch_add(1, SeqCst) % 2 == 0 {
            resume_unwind(Box::new("cannot be made"));
        }
        Self
    }
}

impl NativeTask for BadStart {
    type Input = ();
    type Output = String;

    fn run(&mut self, _: (), _task: &Task) -> Result<String, Failure> {
        Ok("made".to_owned())
    }
}

export_task!(badStart, BadStart);

/// Panics in its destructor, and so does its result.
#[derive(Default)]
struct BadEnd(u32);

#[derive(Serialize)]
struct BadOutput(u32);

impl Drop for BadOutput {
    fn drop(&mut self) {
        if self.0 == 2 {
            resume_unwind(Box::new("the result's destructor"));
        }
    }
}

impl Drop for BadEnd {
    fn drop(&mut self) {
        resume_unwind(Box::new(Bomb));
    }
}

impl NativeTask for BadEnd {
    type Input = ();
    type Output = BadOutput;

    fn run(&mut self, _: (), _task: &Task) -> Result<BadOutput, Failure> {
        self.0 += 1;
        Ok(BadOutput(self.0))
    }
}

export_task!(badEnd, BadEnd);

/// Fails with the class, code and details of its input.
#[derive(Default)]
struct Failing;

#[derive(Deserialize)]
struct HowToFail {
    message: String,
    class: Option<String>,
    code: Option<String>,
    details: Option<BTreeMap<String, Any>>,
}

impl NativeTask for Failing {
    type Input = HowToFail;
    type Output = ();

    fn run(&mut self, input: HowToFail, _task: &Task) -> Result<(), Failure> {
        let mut failure = Failure::new(input.message);
        if let Some(class) = input.class {
            failure = failure.class(class);
        }
        if let Some(code) = input.code {
            failure = failure.code(code);
        }
        for (name, value) in input.details.into_iter().flatten() {
            failure = failure.detail(name, value);
        }
        Err(failure)
    }
}

export_task!(failing, Failing);

/// Results that JavaScript does not have.
#[derive(Default)]
struct Impossible;

impl NativeTask for Impossible {
    type Input = bool;
    type Output = (u64, BTreeMap<String, i64>);

    fn run(&mut self, is_first: bool, _task: &Task) -> Result<Self::Output, Failure> {
        let (first, second) = if is_first {
            (u64::MAX, 0)
        } else {
            (0, i64::MIN)
        };
        Ok((first, BTreeMap::from([("low".to_owned(), second)])))
    }
}

export_task!(impossible, Impossible);

static GATE: AtomicBool = AtomicBool::new(false);
static REACHED: AtomicU32 = AtomicU32::new(0);

/// Waits until the gate is open. A deaf one does not look at its token.
#[derive(Default)]
struct Waiting;

#[derive(Deserialize)]
struct HowToWait {
    deaf: bool,
}

impl NativeTask for Waiting {
    type Input = HowToWait;
    type Output = &'static str;

    fn run(&mut self, input: HowToWait, task: &Task) -> Result<&'static str, Failure> {
        REACHED.fetch_add(1, SeqCst);
        while !GATE.load(SeqCst) {
            if !input.deaf && task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            thread::sleep(Duration::from_micros(100));
        }
        Ok("passed")
    }
}

export_task!(waiting, Waiting);

/// Opens or closes the gate, and returns how many tasks have reached it.
#[derive(Default)]
struct Gate;

impl NativeTask for Gate {
    type Input = Option<bool>;
    type Output = u32;

    fn run(&mut self, opens: Option<bool>, _task: &Task) -> Result<u32, Failure> {
        if let Some(opens) = opens {
            GATE.store(opens, SeqCst);
        }
        Ok(REACHED.load(SeqCst))
    }
}

export_task!(gate, Gate);

/// Allocates the given number of bytes and writes to all of them. Returns the number, or the bytes.
#[derive(Default)]
struct Large;

#[derive(Deserialize)]
struct HowLarge {
    bytes: usize,
    returned: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LargeResult {
    Length(usize),
    Bytes(Bytes),
}

impl NativeTask for Large {
    type Input = HowLarge;
    type Output = LargeResult;

    fn run(&mut self, input: HowLarge, _task: &Task) -> Result<LargeResult, Failure> {
        let bytes = vec![7; input.bytes];
        let bytes = std::hint::black_box(bytes);
        Ok(if input.returned {
            LargeResult::Bytes(bytes.into())
        } else {
            LargeResult::Length(bytes.len())
        })
    }
}

export_task!(large, Large);

/// Reports its progress the given number of times.
#[derive(Default)]
struct Reporting;

impl NativeTask for Reporting {
    type Input = u32;
    type Output = u32;

    fn run(&mut self, reports: u32, task: &Task) -> Result<u32, Failure> {
        for done in 1..=reports {
            task.report(
                f64::from(done),
                (reports != 3).then_some(f64::from(reports)),
            );
        }
        Ok(reports)
    }
}

export_task!(reporting, Reporting);

/// Whether its input is at the address of the input before: whether memory was moved and not
/// copied.
#[derive(Default)]
struct Address;

impl NativeTask for Address {
    type Input = Bytes;
    type Output = f64;

    fn run(&mut self, bytes: Bytes, _task: &Task) -> Result<f64, Failure> {
        Ok(bytes.as_ptr() as usize as f64)
    }
}

export_task!(address, Address);
