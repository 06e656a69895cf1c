//! Where panics are caught: a panic of a worker ends its task, never the process.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `f` and returns its result, or the message of its panic.
///
/// The caller must not use state again that `f` may have left inconsistent. Here that is the
/// worker, which is dropped after a panic.
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = message(payload.as_ref());
        drop_quietly(payload);
        message
    })
}

/// Drops `value`. A panic of its destructor is swallowed.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
        // The payload may have a panicking destructor, too: it is leaked, not dropped.
        mem::forget(payload);
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&'static str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "the worker panicked without a message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;

    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            resume_unwind(Box::new(InnerPayload));
        }
    }
    struct InnerPayload;

    #[test]
    fn catch_returns_the_value_of_a_closure() {
        assert_eq!(catch(|| 7), Ok(7));
    }

    #[test]
    fn catch_returns_the_message_of_a_panic_for_any_payload_type() {
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
    fn a_payload_with_a_panicking_destructor_is_contained() {
        assert!(catch::<()>(|| resume_unwind(Box::new(PanicsOnDrop))).is_err());
        drop_quietly(PanicsOnDrop);
    }
}
