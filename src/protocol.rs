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

/// How an outcome is written for JavaScript to read: the slot, one of these kinds, and the result.
pub(crate) mod delivery {
    numbers! {
        /// Numbers in a record.
        RECORD: u8 = 3;
        /// The task has a result.
        COMPLETED: u8 = 0;
        /// The task has none; see the list of failures.
        FAILED: u8 = 1;
        /// The pool's threads have ended; no task.
        CLOSED: u8 = 2;
        /// The task ran for too long.
        TIMED_OUT: u8 = 3;
        /// The task waited for too long.
        WAITED_TOO_LONG: u8 = 4;
        /// The pool was closed by force under the task.
        GIVEN_UP: u8 = 5;
        /// A worker panicked whose task is settled; no task. See the list of failures.
        WORKER_CRASHED: u8 = 6;
        /// A thread that tasks need cannot be started; no task. See the list of failures.
        THREAD_MISSING: u8 = 7;
        /// There may be room for a task though none has settled; no task.
        VACATED: u8 = 8;
    }
}

/// Where things are in the memory of an inbox, as indices of 32-bit numbers, but for `INPUT`.
pub(crate) mod inbox {
    use native_worker_pool_engine::Layout;

    numbers! {
        /// How many tasks were ever posted.
        POSTED: u16 = 0;
        /// How many of them were taken out.
        TAKEN: u16 = 16;
        /// Not 0 when nobody would see what is posted.
        UNSEEN: u16 = 32;
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
        assert!(Layout::POSTED == 4 * POSTED as usize);
        assert!(Layout::TAKEN == 4 * TAKEN as usize);
        assert!(Layout::UNSEEN == 4 * UNSEEN as usize);
        assert!(Layout::CELLS + Layout::NUMBER == 4 * CELLS as usize);
        assert!(Layout::CELL == 4 * CELL as usize);
        assert!(Layout::CELLS + Layout::TIME == 4 * TIMES as usize);
        assert!(Layout::CELLS + Layout::INPUT == 8 * INPUT as usize);
        assert!(Layout::CAPACITY == CAPACITY as usize);
    };
}

/// What the functions of a dispatcher take and return.
pub(crate) mod dispatcher {
    numbers! {
        /// No task, or no seat.
        NONE: i32 = -1;
        /// A task has ended with a result.
        COMPLETED: i32 = 0;
        /// A task has ended with an error.
        FAILED: i32 = 1;
        /// A task has ended with its worker.
        CRASHED: i32 = 2;
        /// What came of a task counts.
        COUNTS: i32 = 0;
        /// It does not: the task ran for too long, and is settled with that.
        TIMED_OUT: i32 = 1;
        /// It does not: the task was settled before.
        SETTLED: i32 = 2;
    }
}
