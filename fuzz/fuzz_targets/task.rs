//! Any value as the input of a built-in task: it is refused, or the task runs within its limits. An
//! input that would take long or that names a file is converted but not run.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_engine::CancelSource;
use native_worker_pool_fuzz::{Input, is_quick, memory_of, peak_of};
use native_worker_pool_workers::fib::FibTask;
use native_worker_pool_workers::hash::{Hash, HashInput};
use native_worker_pool_workers::password::{
    Derivation, DeriveKey, DeriveKeyInput, HashPassword, HashPasswordInput, VerifyPassword,
    VerifyPasswordInput,
};
use native_worker_pool_workers::source::Source;
use native_worker_pool_workers::{FromValue, NativeTask, Task, Value};

/// Maximum memory of a task, in bytes, besides the memory of a password hash.
const REST: usize = 1 << 20;

/// Larger values of `maxMemory`, in bytes, are lowered to this so that a run is short.
const MAX_MEMORY: u64 = 4 << 20;

/// Maximum length, in bytes, of keys derived from passwords.
const MAX_KEY_LENGTH: u32 = 4096;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::of(bytes);
    let task = input.byte() % 5;
    let value = input.value();
    match task {
        0 => fib(value),
        1 => hash(value),
        2 => hash_password(value),
        3 => verify_password(value),
        4 => derive_key(value),
        _ => unreachable!(),
    }
});

/// Converts an input. Checks that an input that the task does not accept fails with the right code.
fn convert<T: FromValue>(value: Value) -> Option<T> {
    match T::from_value(value) {
        Ok(input) => Some(input),
        Err(failure) => {
            assert_eq!(failure.error_code(), Some("ERR_INVALID_ARG_VALUE"));
            None
        }
    }
}

/// Runs a task, which must not allocate more than `most` bytes. Returns the error code if it fails;
/// every failure must have one.
fn run<T: NativeTask>(mut instance: T, input: T::Input, most: usize) -> Result<T::Output, String> {
    let source = CancelSource::new();
    let token = source.token();
    instance.rest(); // frees memory of the last hash, so that this run allocates its own
    let (result, peak) = peak_of(|| instance.run(input, &Task::new(&token)));
    assert!(peak <= most, "{peak} bytes, above {most}");
    result.map_err(|failure| {
        assert!(!failure.to_string().is_empty());
        failure
            .error_code()
            .expect("every failure has a code")
            .to_owned()
    })
}

/// Checks that a task is refused for its memory if and only if it needs too much.
fn check_memory<T>(result: &Result<T, String>, is_too_large: bool) {
    let is_refused = result
        .as_ref()
        .is_err_and(|code| code == "ERR_BUFFER_TOO_LARGE");
    assert_eq!(is_refused, is_too_large);
}

fn fib(value: Value) {
    const QUICK: f64 = 20.0;
    let Some(n) = convert::<f64>(value) else {
        return;
    };
    if n > QUICK && n <= 78.0 && n.fract() == 0.0 {
        return;
    }
    if let Ok(answer) = run(FibTask, n, REST) {
        assert!((0.0..=QUICK).contains(&n) && n.fract() == 0.0);
        assert!(matches!(answer, Value::Record(fields) if fields.len() == 2));
    }
}

fn hash(value: Value) {
    let again = value.clone();
    let Some(input) = convert::<HashInput>(value) else {
        return;
    };
    if matches!(input.source, Source::File(_)) {
        return;
    }
    let first = run(Hash, input, REST);
    let second = run(
        Hash,
        convert(again).expect("an equal value was accepted"),
        REST,
    );
    assert_eq!(first, second);
}

fn hash_password(value: Value) {
    let Some(mut input) = convert::<HashPasswordInput>(value) else {
        return;
    };
    input.max_memory = input.max_memory.min(MAX_MEMORY);
    let is_too_large = memory_of(input.costs) > input.max_memory.into();
    if !is_quick(input.costs, 32) && !is_too_large {
        return;
    }
    let (password, max_memory) = (input.password.clone(), input.max_memory);
    let most = limit(max_memory);
    let result = run(HashPassword, input, most);
    check_memory(&result, is_too_large);
    let Ok(text) = result else {
        return;
    };
    let input = VerifyPasswordInput {
        password,
        hash: text.into(),
        max_memory,
    };
    assert_eq!(run(VerifyPassword, input, most), Ok(true));
}

fn verify_password(value: Value) {
    // The target `phc` verifies hashes that can be parsed.
    let _ = convert::<VerifyPasswordInput>(value);
}

fn derive_key(value: Value) {
    let Some(mut input) = convert::<DeriveKeyInput>(value) else {
        return;
    };
    input.max_memory = input.max_memory.min(MAX_MEMORY);
    let length = input.length;
    let (is_quick, memory) = match input.derivation {
        Derivation::Hkdf(_) => (true, 0),
        Derivation::Password(costs) => (
            length <= MAX_KEY_LENGTH && is_quick(costs, length as usize),
            memory_of(costs),
        ),
    };
    let is_too_large = memory.max(length.into()) > input.max_memory.into();
    if !is_quick && !is_too_large {
        return;
    }
    let most = limit(input.max_memory);
    let result = run(DeriveKey, input, most);
    check_memory(&result, is_too_large);
    if let Ok(key) = result {
        assert_eq!(key.len(), length as usize);
    }
}

/// Maximum memory, in bytes, of a task with this `maxMemory`.
fn limit(max_memory: u64) -> usize {
    usize::try_from(max_memory).expect("at most MAX_MEMORY") + REST
}
