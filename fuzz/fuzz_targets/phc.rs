//! Any bytes as a stored hash: parses it, checks its costs and, if it can be computed in a few
//! milliseconds, compares it with a password.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_engine::CancelSource;
use native_worker_pool_fuzz::{is_quick, memory_of, peak_of};
use native_worker_pool_workers::password::{HashPassword, HashPasswordInput, StoredHash};
use native_worker_pool_workers::{Failure, NativeTask, Task};
use zeroize::Zeroizing;

const PASSWORD: &[u8] = b"password";
const MAX_MEMORY: u64 = 1 << 20;

/// Maximum memory, in bytes, besides the memory of the costs: for the hash, the salt and the text.
const REST: usize = 64 << 10;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes); // strings of JavaScript arrive as UTF-8
    let stored = match StoredHash::parse(&text) {
        Ok(stored) => stored,
        Err(failure) => return assert_eq!(failure.error_code(), Some("ERR_INVALID_DATA")),
    };
    check_printed(&stored, &text);

    let is_too_large = memory_of(stored.costs()) > u128::from(MAX_MEMORY);
    if is_too_large || is_quick(stored.costs(), text.len()) {
        let rest = REST + 4 * text.len();
        let (verified, peak) = peak_of(|| verify(&stored));
        assert!(
            peak <= if is_too_large { rest } else { 1 << 20 } + rest,
            "{peak} bytes"
        );
        let is_refused = verified
            .as_ref()
            .is_err_and(|failure| failure.error_code() == Some("ERR_BUFFER_TOO_LARGE"));
        assert_eq!(is_refused, is_too_large);
        if let Err(failure) = verified {
            assert!(failure.error_code().is_some());
        } else {
            check_own_hash(&stored);
        }
    }
});

/// Checks that a hash is formatted as text that parses to the same hash, and that no part of the
/// original text is lost.
fn check_printed(stored: &StoredHash, text: &str) {
    let printed = stored.to_string();
    let again = StoredHash::parse(&printed).expect("a formatted hash can be parsed");
    assert_eq!(&again, stored);
    assert_eq!(again.to_string(), printed);
    let mut left: Vec<_> = printed.split(['$', ',']).collect();
    for part in text.split(['$', ',']) {
        let part = match part {
            "2a" | "2y" => "2b",
            other => other,
        };
        let at = left.iter().position(|&other| other == part);
        left.remove(at.unwrap_or_else(|| panic!("{part} is lost: {printed}")));
    }
    // The original text may lack a version and a length, which are added.
    assert!(
        left.iter()
            .all(|part| *part == "v=16" || part.starts_with("l="))
    );
}

/// Checks that a new hash with the same costs matches its password and no other.
fn check_own_hash(stored: &StoredHash) {
    let source = CancelSource::new();
    let token = source.token();
    let input = HashPasswordInput {
        password: Zeroizing::new(PASSWORD.to_vec()),
        salt: Some(vec![7; 16].into()),
        max_memory: MAX_MEMORY,
        costs: stored.costs(),
    };
    if !is_quick(stored.costs(), 32) {
        return;
    }
    let text = HashPassword
        .run(input, &Task::new(&token))
        .expect("the costs have been accepted before");
    let own = StoredHash::parse(&text).expect("a new hash can be parsed");
    assert_eq!(own.costs(), stored.costs());
    assert_eq!(own.to_string(), text);
    assert_eq!(verify(&own), Ok(true));
    let other = own.verify(b"another", MAX_MEMORY, &Task::new(&token));
    assert_eq!(other, Ok(false));
}

fn verify(stored: &StoredHash) -> Result<bool, Failure> {
    let source = CancelSource::new();
    stored.verify(PASSWORD, MAX_MEMORY, &Task::new(&source.token()))
}
