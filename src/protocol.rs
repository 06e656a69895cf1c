//! The numbers that Rust and JavaScript share. `lib/platform/native-protocol.js` repeats them, and
//! `__test__/native-protocol.test.js` compares the two.

/// Defines a group of numbers, and lists them for the test.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: $type = $value;)*

        #[cfg(feature = "test-workers")]
        pub(crate) fn all() -> Vec<(&'static str, f64)> {
            vec![$((stringify!($name), f64::from($name))),*]
        }
    };
}

/// How a task settled.
pub(crate) mod outcome {
    numbers! {
        /// The task was settled before.
        NONE: i8 = -1;
        /// The task completed with a result.
        COMPLETED: i8 = 0;
        /// The task failed with an error.
        FAILED: i8 = 1;
        /// The task exceeded its `timeout`.
        TIMED_OUT: i8 = 2;
        /// The task exceeded its `queueTimeout`.
        QUEUE_TIMED_OUT: i8 = 3;
        /// The pool was closed by force before the task had ended.
        GIVEN_UP: i8 = 4;
    }
}

/// A record of an outcome or an event: the slot of the task, its outcome or one of these kinds, and
/// its result.
pub(crate) mod record {
    numbers! {
        /// Numbers in a record.
        LENGTH: i8 = 3;
        /// The pool's threads have ended.
        CLOSED: i8 = 5;
        /// A worker panicked whose task had settled before. Its message is among the failures.
        WORKER_CRASHED: i8 = 6;
        /// A thread that tasks need cannot be started. The reason is among the failures.
        THREAD_MISSING: i8 = 7;
        /// There may be room for a task although none has settled.
        ROOM_FREED: i8 = 8;
    }
}

/// The layout of the submission ring. Offsets are indices of 32-bit numbers, except `INPUT`.
pub(crate) mod ring {
    use native_worker_pool_engine::Layout;

    numbers! {
        /// How many tasks were ever posted.
        SUBMITTED: u16 = 0;
        /// How many tasks were ever drained.
        TAKEN: u16 = 16;
        /// Not 0 while no worker would poll a posted task.
        NEEDS_WAKEUP: u16 = 32;
        /// The number of the task in the first cell.
        CELLS: u16 = 48;
        /// The size of a cell.
        CELL: u16 = 4;
        /// The time of posting of the task in the first cell.
        TIMES: u16 = 49;
        /// The input of the task in the first cell, as an index of 64-bit numbers.
        INPUT: u16 = 25;
        /// The number of cells.
        CAPACITY: u16 = 512;
    }

    const _: () = {
        assert!(Layout::SUBMITTED == 4 * SUBMITTED as usize);
        assert!(Layout::TAKEN == 4 * TAKEN as usize);
        assert!(Layout::NEEDS_WAKEUP == 4 * NEEDS_WAKEUP as usize);
        assert!(Layout::CELLS + Layout::NUMBER == 4 * CELLS as usize);
        assert!(Layout::CELL == 4 * CELL as usize);
        assert!(Layout::CELLS + Layout::TIME == 4 * TIMES as usize);
        assert!(Layout::CELLS + Layout::INPUT == 8 * INPUT as usize);
        assert!(Layout::CAPACITY == CAPACITY as usize);
    };
}

/// Parameters and results of the functions of an external schedule, beside outcomes.
pub(crate) mod schedule {
    numbers! {
        /// No task, or no seat.
        NONE: i32 = -1;
        /// The worker crashed. Passed to `finish`, which also accepts `COMPLETED` and `FAILED`.
        CRASHED: i32 = 5;
        /// Added to the results of `take`, `assign` and `finish` if more tasks wait.
        MORE: i32 = 1 << 30;
    }
}
