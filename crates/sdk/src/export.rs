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
#[cfg(not(feature = "napi-rs"))]
#[macro_export]
macro_rules! export_task {
    ($name:ident, $task:ty $(,)?) => {
        const _: () = {
            $crate::__table!($name, $task);

            extern "C" fn register() {
                $crate::boundary::register(&TABLE);
            }

            /// Called by the system's loader as it loads the addon.
            #[used]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            #[cfg_attr(
                target_vendor = "apple",
                unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs")
            )]
            #[cfg_attr(
                not(any(windows, target_vendor = "apple")),
                unsafe(link_section = ".init_array")
            )]
            static REGISTER: extern "C" fn() = register;
        };
    };
}

/// Exports a task from an addon that uses napi-rs, under a name, which is also the name of the
/// task.
#[cfg(feature = "napi-rs")]
#[macro_export]
macro_rules! export_task {
    ($name:ident, $task:ty $(,)?) => {
        const _: () = {
            $crate::__table!($name, $task);

            struct Exported;

            impl ::napi::bindgen_prelude::ToNapiValue for Exported {
                unsafe fn to_napi_value(
                    env: ::napi::sys::napi_env,
                    _: Self,
                ) -> ::napi::Result<::napi::sys::napi_value> {
                    // SAFETY: napi-rs calls this with the environment that is current on this
                    // thread.
                    let value = unsafe { $crate::boundary::external(env.cast(), &TABLE) };
                    value.map(|value| value.cast()).map_err(|function| {
                        ::napi::Error::from_reason(::std::format!(
                            "A native task cannot be exported: {function} failed"
                        ))
                    })
                }
            }

            #[allow(dead_code, non_upper_case_globals, reason = "a name of JavaScript")]
            #[::napi_derive::napi(skip_typescript)]
            pub const $name: Exported = Exported;
        };
    };
}

/// Defines `TABLE`.
#[doc(hidden)]
#[macro_export]
macro_rules! __table {
    ($name:ident, $task:ty) => {
        static TABLE: $crate::abi::Table = {
            const NAME: &::std::ffi::CStr = match ::std::ffi::CStr::from_bytes_with_nul(
                ::std::concat!(::std::stringify!($name), "\0").as_bytes(),
            ) {
                ::std::result::Result::Ok(name) => name,
                ::std::result::Result::Err(_) => ::std::unreachable!(),
            };
            $crate::boundary::table::<$task>(NAME)
        };
    };
}
