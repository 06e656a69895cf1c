//! Limits the password hashes that a target computes to a few milliseconds each.

use native_worker_pool_workers::password::Costs;

/// Maximum number of blocks that a hash may compute. They take about a millisecond in each
/// algorithm.
const MAX_BLOCKS: u128 = 512;

/// Whether a hash or a key of `length` bytes can be computed in a few milliseconds.
#[must_use]
pub fn is_quick(costs: Costs, length: usize) -> bool {
    match costs {
        Costs::Argon2(argon2) => {
            let blocks = u128::from(argon2.memory).max(8 * u128::from(argon2.parallelism));
            blocks * u128::from(argon2.iterations) <= MAX_BLOCKS
        }
        Costs::Bcrypt(bcrypt) => bcrypt.cost <= 4,
        Costs::Scrypt(scrypt) => {
            let blocks = u128::from(scrypt.r) * u128::from(scrypt.p);
            scrypt.ln < 64 && blocks << scrypt.ln <= MAX_BLOCKS
        }
        Costs::Pbkdf2(pbkdf2) => {
            const SHORTEST_DIGEST: usize = 20;
            let blocks = length.div_ceil(SHORTEST_DIGEST);
            u128::from(pbkdf2.iterations) * blocks as u128 <= MAX_BLOCKS
        }
    }
}

/// The memory that a hash requires, in bytes.
#[must_use]
pub fn memory_of(costs: Costs) -> u128 {
    match costs {
        Costs::Argon2(argon2) => u128::from(argon2.memory) * 1024,
        // The array V of RFC 7914, section 5, and the array B of section 6.
        Costs::Scrypt(scrypt) => {
            let blocks = 1u128 << scrypt.ln.min(64);
            128 * u128::from(scrypt.r) * (blocks + u128::from(scrypt.p))
        }
        Costs::Bcrypt(_) | Costs::Pbkdf2(_) => 0,
    }
}
