//! A task that no worker has dequeued yet.

use crate::clock::Timestamp;
use std::time::Duration;

/// A task that no worker has dequeued yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task<I> {
    /// The caller's number for it.
    pub(crate) number: u32,
    pub(crate) input: I,
    /// When it was submitted.
    pub(crate) submitted: Timestamp,
    /// `None` for a plain task. Boxed to keep plain tasks small.
    pub(crate) attributes: Option<Box<Attributes>>,
}

/// What distinguishes a task with options from a plain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) priority: i64,
    /// How long the task may run.
    pub(crate) timeout: Option<Duration>,
    /// The queue limit: until when the task may wait.
    pub(crate) limit: Option<Timestamp>,
}

impl<I> Task<I> {
    /// The queue limit: until when the task may wait. `None` for no limit.
    pub(crate) fn limit(&self) -> Option<Timestamp> {
        self.attributes.as_ref()?.limit
    }
}
