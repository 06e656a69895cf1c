//! How a task becomes an export of an addon.

/// Exports a task from the addon under a name, which is also the name of the task:
/// `const { blur } = require('./my-addon.node')`, then `new WorkerPool(4, blur)`.
///
/// The type implements [`NativeTask`](crate::NativeTask) and `Default`. An addon may export any
/// number of tasks. In an addon that uses napi-rs, enable the feature `napi-rs` of this crate; the
/// addon has the crates `napi` and `napi-derive` among its dependencies then.
///
/// ```
/// use native_worker_pool_sdk::prelude::*;
///
/// #[derive(Default)]
/// struct Twice;
///
/// impl NativeTask for Twice {
///     type Input = f64;
///     type Output = f64;
///
///     fn run(&mut self, number: f64, _task: &Task) -> Result<f64, Failure> {
///         Ok(2.0 * number)
///     }
/// }
///
/// export_task!(twice, Twice);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_task {
    ($name:ident, $task:ty $(,)?) => {
        const _: () = {
            static TABLE: $crate::abi::Table = {
                const NAME: &::std::ffi::CStr = match ::std::ffi::CStr::from_bytes_with_nul(
                    ::std::concat!(::std::stringify!($name), "\0").as_bytes(),
                ) {
                    ::std::result::Result::Ok(name) => name,
                    ::std::result::Result::Err(_) => ::std::unreachable!(),
                };
                $crate::boundary::table::<$task>(NAME)
            };
            $crate::__export_table!($name, TABLE);
        };
    };
}
