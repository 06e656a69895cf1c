//! Checks a table before anything in it is called.
//!
//! The address comes from an External with the type tag of the SDK, so it points to a table. The
//! table stays valid until the process ends: the protocol requires that, and [`keep_loaded`] keeps
//! the addon loaded. The first two fields are the same in every major version. The others are
//! read if `abi` and `size` allow it.

use crate::instance::Instance;
use crate::module::keep_loaded;
use native_worker_pool_sdk::abi::{ABI, Table};
use native_worker_pool_workers::TaskDefinition;
use std::ffi::{CStr, c_void};
use std::fmt;
use std::ptr::NonNull;

/// A native task of an addon.
#[derive(Debug, Clone)]
pub struct UserTask {
    name: String,
    table: &'static Table,
}

/// Why a table is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is of another major version of the ABI: this one.
    Version(u32),
    /// It is incomplete: this is missing.
    Incomplete(&'static str),
    /// The system does not keep the addon loaded.
    NotKept(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => write!(
                f,
                "has version {found} of the task ABI, and this version of native-worker-pool supports version {ABI}"
            ),
            Self::Incomplete(missing) => write!(f, "is a table without {missing}"),
            Self::NotKept(reason) => {
                write!(f, "is of an addon that cannot be kept loaded: {reason}")
            }
        }
    }
}

impl UserTask {
    /// Checks a table.
    ///
    /// # Safety
    ///
    /// `table` is what an External with the type tag of the SDK points to.
    ///
    /// # Errors
    ///
    /// If this version cannot use the table.
    pub unsafe fn of(table: NonNull<c_void>) -> Result<Self, Refused> {
        let table = table.cast::<Table>();
        let first = table.cast::<u32>();
        // SAFETY: the caller's: `abi` is the first field, an u32, in every version.
        let abi = unsafe { first.read() };
        if abi != ABI {
            return Err(Refused::Version(abi));
        }
        // SAFETY: as above; `size` is the second field.
        let second = unsafe { first.add(1) };
        // SAFETY: as above.
        let size = unsafe { second.read() };
        if (size as usize) < size_of::<Table>() {
            return Err(Refused::Incomplete("all fields of its version"));
        }
        // SAFETY: the caller's; the table has the fields of this version, and is not written to any
        // more.
        let table: &'static Table = unsafe { table.as_ref() };
        let Some(run) = table.run else {
            return Err(Refused::Incomplete("the function run"));
        };
        if table.create.is_some() && table.destroy.is_none() {
            return Err(Refused::Incomplete("the function destroy"));
        }
        if table.name.is_null() {
            return Err(Refused::Incomplete("a name"));
        }
        // SAFETY: a name has a NUL at its end, and stays valid.
        let name = unsafe { CStr::from_ptr(table.name) };
        let name = name.to_str().unwrap_or_default();
        if name.is_empty() {
            return Err(Refused::Incomplete("a name"));
        }
        keep_loaded(run as *const c_void).map_err(Refused::NotKept)?;
        Ok(Self {
            name: name.to_owned(),
            table,
        })
    }

    /// The name that the addon gives the task.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The task as a pool runs it. Each thread makes an instance before its first task.
    #[must_use]
    pub fn definition(&self) -> TaskDefinition {
        let Self { name, table } = self.clone();
        let of_instances = name.clone();
        TaskDefinition::fallible(name, move || Instance::create(&of_instances, table))
    }
}
