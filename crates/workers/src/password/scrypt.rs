//! scrypt (RFC 7914). A hash cannot be interrupted.

use super::costs::check_memory;
use crate::Failure;
use scrypt::Params;

/// scrypt and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrypt {
    /// The binary logarithm of N.
    pub ln: u32,
    /// The block size.
    pub r: u32,
    /// The parallelization.
    pub p: u32,
}

impl Scrypt {
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        max_memory: u64,
        key: &mut [u8],
    ) -> Result<(), Failure> {
        let Self { ln, r, p } = self;
        check_memory(self.memory(), max_memory)?;
        let out_of_range = || {
            Failure::out_of_range(format!(
                "The costs of scrypt are out of range: ln {ln}, r {r}, p {p}"
            ))
        };
        let log_n = u8::try_from(ln).map_err(|_| out_of_range())?;
        if log_n == 0 {
            return Err(out_of_range()); // the crate accepts it, RFC 7914 does not
        }
        let params = Params::new(log_n, r, p).map_err(|_| out_of_range())?;
        self.check_available()?;
        ::scrypt::scrypt(password, salt, &params, key)
            .map_err(|_| Failure::out_of_range("length must be at least 1"))
    }

    /// Refuses costs for which there is no memory. The crate would abort the process.
    fn check_available(self) -> Result<(), Failure> {
        let bytes = usize::try_from(self.memory()).unwrap_or(usize::MAX);
        Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| {
            Failure::too_large(format!("There are no {bytes} bytes of memory for scrypt"))
        })
    }

    /// What N, r and p need, in bytes; saturating.
    fn memory(self) -> u64 {
        let block = u64::from(self.r).saturating_mul(128);
        let blocks = 1u64.checked_shl(self.ln).unwrap_or(u64::MAX);
        block.saturating_mul(blocks.saturating_add(u64::from(self.p)))
    }
}
