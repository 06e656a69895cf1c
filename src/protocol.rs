//! The numbers that both sides of the addon know. `lib/platform/native-protocol.js` has the same ones, and
//! `__test__/native-protocol.test.js` compares them.

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

/// How a task has ended.
pub(crate) mod outcome {
    numbers! {
        /// It was settled before.
        NONE: i8 = -1;
        /// It has a result.
        COMPLETED: i8 = 0;
        /// It has an error.
        FAILED: i8 = 1;
        /// It has exceeded its `timeout`.
        TIMED_OUT: i8 = 2;
        /// It has exceeded its `queueTimeout`.
        QUEUE_TIMED_OUT: i8 = 3;
        /// The pool was closed by force before the task had ended.
        GIVEN_UP: i8 = 4;
    }
}

/// How a task's end, or an event, is written for JavaScript to read: the slot of the task, its outcome or one of these, and
/// its result.
pub(crate) mod record {
    numbers! {
        /// Numbers in a record.
        LENGTH: i8 = 3;
        /// The pool's threads have ended.
        CLOSED: i8 = 5;
        /// A worker has panicked whose task had settled. The failures have its message.
        WORKER_CRASHED: i8 = 6;
        /// A thread that tasks need cannot be started. The failures say why.
        THREAD_MISSING: i8 = 7;
        /// There may be room for a task though none has settled.
        ROOM_FREED: i8 = 8;
    }
}

/// The layout of the submission ring, as indices of 32-bit numbers, but for `INPUT`.
pub(crate) mod ring {
    use native_worker_pool_engine::Layout;

    numbers! {
        /// How many tasks were ever posted.
        SUBMITTED: u16 = 0;
        /// How many of them were taken out.
        TAKEN: u16 = 16;
        /// Not 0 when nobody would see what is posted.
        NEEDS_WAKEUP: u16 = 32;
        /// The number of the task in the first cell.
        CELLS: u16 = 48;
        /// From one cell to the next.
        CELL: u16 = 4;
        /// When the task in the first cell was posted.
        TIMES: u16 = 49;
        /// What the task in the first cell is given, as an index of 64-bit numbers.
        INPUT: u16 = 25;
        /// Number of cells.
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

/// What the functions of an external schedule take and return, beside outcomes.
pub(crate) mod schedule {
    numbers! {
        /// No task, or no seat.
        NONE: i32 = -1;
        /// The task has ended with its worker; beside `COMPLETED` and `FAILED`.
        CRASHED: i32 = 5;
        /// Added to what `take`, `assign` and `finish` return if more tasks wait.
        MORE: i32 = 1 << 30;
    }
}
