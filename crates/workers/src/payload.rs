//! The queued form of a task's input.

use crate::Input;

/// The input of a task, or a mark for invalid data. A task with invalid data runs in its turn, and
/// fails.
///
/// Eight bytes, since a million may be queued. The mark is a NaN with its own bit pattern: every
/// NaN from outside becomes the canonical one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload(u64);

impl Payload {
    /// The mark for invalid data.
    pub const INVALID: Self = Self(f64::NAN.to_bits() | 1);

    /// The payload of an input.
    #[must_use]
    pub fn new(input: Input) -> Self {
        let canonical = if input.is_nan() { f64::NAN } else { input };
        Self(canonical.to_bits())
    }

    /// The input; `None` for invalid data.
    #[must_use]
    pub fn input(self) -> Option<Input> {
        (self != Self::INVALID).then(|| f64::from_bits(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_an_input_and_invalid_data_is_not() {
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
