//! What a pool of native workers queues for a task.

use crate::Input;

/// The input of a task, or the mark of data that is none: such a task is run in its turn, and fails.
///
/// Eight bytes, since a million may be queued. The mark is a NaN that no other input has: every NaN that
/// comes from outside becomes the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload(u64);

impl Payload {
    /// Data that is no input.
    pub const INVALID: Self = Self(f64::NAN.to_bits() | 1);

    /// An input.
    #[must_use]
    pub fn new(input: Input) -> Self {
        let usual = if input.is_nan() { f64::NAN } else { input };
        Self(usual.to_bits())
    }

    /// The input, unless the data was none.
    #[must_use]
    pub fn input(self) -> Option<Input> {
        (self != Self::INVALID).then(|| f64::from_bits(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_an_input_and_invalid_data_is_none() {
        for number in [0.0, -0.0, 1.5, f64::INFINITY, f64::MIN_POSITIVE] {
            let input = Payload::new(number).input().unwrap();
            assert_eq!(input.to_bits(), number.to_bits());
        }
        let mark = f64::from_bits(Payload::INVALID.0);
        for nan in [f64::NAN, -f64::NAN, mark] {
            assert!(Payload::new(nan).input().is_some_and(f64::is_nan));
        }
        assert_eq!(Payload::INVALID.input(), None);
    }
}
