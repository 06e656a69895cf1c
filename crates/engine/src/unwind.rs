//! Where panics are caught: a panic of a worker ends its task, never the process.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `f` and returns what it returns, or the words of its panic.
///
/// The caller must not use again what `f` may have left half-changed; here that is the worker, which
/// is dropped after a panic.
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let words = words(payload.as_ref());
        drop_quietly(payload);
        words
    })
}

/// Drops `value`; a panic of its destructor is swallowed.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
        // The payload of a panicking destructor may have one itself: it is leaked, not dropped.
        mem::forget(payload);
    }
}

fn words(payload: &(dyn Any + Send)) -> String {
    if let Some(words) = payload.downcast_ref::<&'static str>() {
        (*words).to_owned()
    } else if let Some(words) = payload.downcast_ref::<String>() {
        words.clone()
    } else {
        "the worker panicked without a message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;

    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new(Fuse));
        }
    }
    struct Fuse;

    #[test]
    fn the_value_of_a_calm_closure_comes_back() {
        assert_eq!(catch(|| 7), Ok(7));
    }

    #[test]
    fn the_words_of_a_panic_come_back_whatever_type_carries_them() {
        assert_eq!(
            catch(|| resume_unwind(Box::new("static"))),
            Err::<(), _>("static".into())
        );
        assert_eq!(
            catch(|| resume_unwind(Box::new("owned".to_owned()))),
            Err::<(), _>("owned".into())
        );
        assert_eq!(
            catch(|| resume_unwind(Box::new(7_u8))),
            Err::<(), _>("the worker panicked without a message".into())
        );
    }

    #[test]
    fn a_payload_whose_destructor_panics_is_survived() {
        assert!(catch::<()>(|| resume_unwind(Box::new(Bomb))).is_err());
        drop_quietly(Bomb);
    }
}
