//! The built-in workers and tasks by name.

#[cfg(feature = "compress")]
use crate::compression::{Compress, Decompress};
use crate::fib::{Fib, FibTask};
#[cfg(feature = "hash")]
use crate::hash::Hash;
#[cfg(feature = "image")]
use crate::image::{Image, ImageInfo};
#[cfg(feature = "password")]
use crate::password::{DeriveKey, HashPassword, VerifyPassword};
#[cfg(feature = "test-workers")]
use crate::test_workers;
use crate::{NumericWorker, TaskDefinition};

/// A numeric worker by name.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name in JavaScript: `native:NAME`. The threads have this name too.
    pub name: &'static str,
    /// Makes a worker; called on the thread that will run it.
    pub make: fn() -> Box<dyn NumericWorker>,
}

/// All numeric workers of this build.
pub const NUMERIC: &[BuiltIn] = &[
    BuiltIn {
        name: "native:fib",
        make: || Box::new(Fib),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-panic",
        make: || Box::new(test_workers::Panic),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-gate",
        make: || Box::new(test_workers::Gate),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-deaf",
        make: || Box::new(test_workers::Deaf { panics: false }),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-deaf-panic",
        make: || Box::new(test_workers::Deaf { panics: true }),
    },
    #[cfg(feature = "test-workers")]
    BuiltIn {
        name: "native:test-storm",
        make: || Box::new(test_workers::Storm),
    },
];

/// The numeric worker with that name, if this build has one.
#[must_use]
pub fn numeric(name: &str) -> Option<&'static BuiltIn> {
    NUMERIC.iter().find(|built_in| built_in.name == name)
}

/// All native tasks of this build, without the `native:` of their names.
#[must_use]
pub fn tasks() -> Vec<TaskDefinition> {
    vec![
        TaskDefinition::new("fib", || FibTask),
        #[cfg(feature = "compress")]
        TaskDefinition::new("compress", Compress::default),
        #[cfg(feature = "compress")]
        TaskDefinition::new("decompress", || Decompress),
        #[cfg(feature = "hash")]
        TaskDefinition::new("hash", || Hash),
        #[cfg(feature = "image")]
        TaskDefinition::new("image", || Image),
        #[cfg(feature = "image")]
        TaskDefinition::new("imageInfo", || ImageInfo),
        #[cfg(feature = "password")]
        TaskDefinition::new("hashPassword", HashPassword::default).with_secret_input(),
        #[cfg(feature = "password")]
        TaskDefinition::new("verifyPassword", VerifyPassword::default).with_secret_input(),
        #[cfg(feature = "password")]
        TaskDefinition::new("deriveKey", DeriveKey::default).with_secret_input(),
        #[cfg(feature = "test-workers")]
        TaskDefinition::new("test-value", || test_workers::EchoValue),
        #[cfg(feature = "test-workers")]
        TaskDefinition::new("test-report", || test_workers::Reporting),
    ]
}
