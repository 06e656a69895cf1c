//! bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), in the form of
//! OpenBSD.
//!
//! The loop is written here and not taken from a crate, so that the token is polled within it: cost
//! 20 takes a minute.

use crate::Failure;
use crate::Task;
use base64ct::{Base64Bcrypt, Encoding};
use blowfish::Blowfish;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a password that count.
const MAX_PASSWORD: usize = 72;
const SALT_LENGTH: usize = 16;
/// The last of the 24 bytes is not stored.
const HASH_LENGTH: usize = 23;
/// Rounds between two polls of the token: about a millisecond.
const ROUNDS_PER_POLL: u64 = 16;

/// bcrypt and its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bcrypt {
    /// The binary logarithm of the number of rounds, 4 to 31.
    pub cost: u32,
}

/// A hash of bcrypt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    bcrypt: Bcrypt,
    salt: [u8; SALT_LENGTH],
    hash: [u8; HASH_LENGTH],
}

impl Bcrypt {
    pub(super) fn hash(
        self,
        password: &[u8],
        salt: &[u8],
        task: &Task<'_>,
    ) -> Result<String, Failure> {
        if password.len() > MAX_PASSWORD {
            return Err(Failure::out_of_range(format!(
                "bcrypt hashes at most {MAX_PASSWORD} bytes of a password, not {}",
                password.len()
            )));
        }
        if password.contains(&0) {
            return Err(Failure::invalid_value(
                "bcrypt cannot hash a password that contains NUL",
            ));
        }
        let salt: &[u8; SALT_LENGTH] = salt.try_into().map_err(|_| {
            Failure::out_of_range(format!(
                "The salt of bcrypt must have {SALT_LENGTH} bytes, not {}",
                salt.len()
            ))
        })?;
        let hash = self.compute(password, salt, task)?;
        Ok(self.format(salt, &hash))
    }

    fn format(self, salt: &[u8; SALT_LENGTH], hash: &[u8; HASH_LENGTH]) -> String {
        let salt = Base64Bcrypt::encode_string(salt);
        let hash = Base64Bcrypt::encode_string(hash);
        format!("$2b${:02}${salt}{hash}", self.cost)
    }

    fn compute(
        self,
        password: &[u8],
        salt: &[u8; SALT_LENGTH],
        task: &Task<'_>,
    ) -> Result<Zeroizing<[u8; HASH_LENGTH]>, Failure> {
        if !(4..=31).contains(&self.cost) {
            return Err(Failure::out_of_range(format!(
                "cost must be from 4 to 31, not {}",
                self.cost
            )));
        }
        // The password with the NUL that ends it in C.
        let mut key = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD + 1));
        key.extend_from_slice(&password[..password.len().min(MAX_PASSWORD)]);
        key.push(0);
        key.truncate(MAX_PASSWORD);

        let mut state = Blowfish::bc_init_state();
        state.salted_expand_key(salt, &key);
        for round in 0..1u64 << self.cost {
            if round % ROUNDS_PER_POLL == 0 && task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            state.bc_expand_key(&key);
            state.bc_expand_key(salt);
        }

        let mut hash = Zeroizing::new([0; HASH_LENGTH]);
        let text = b"OrpheanBeholderScryDoubt";
        for (block, out) in text.chunks_exact(8).zip(hash.chunks_mut(8)) {
            let word = |at: usize| {
                u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
            };
            let mut words = [word(0), word(4)];
            for _ in 0..64 {
                words = state.bc_encrypt(words);
            }
            let bytes = words.map(u32::to_be_bytes);
            let length = out.len();
            out.copy_from_slice(&bytes.as_flattened()[..length]);
        }
        Ok(hash)
    }
}

impl Stored {
    /// A hash in bcrypt's own form; `None` if it does not begin like one.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Failure> {
        let Some(rest) = ["$2a$", "$2b$", "$2y$"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
        else {
            return Ok(None);
        };
        let parse = || {
            let (cost, rest) = rest.split_once('$')?;
            let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number || rest.len() != 53 || !rest.is_ascii() {
                return None;
            }
            let (salt, hash) = rest.split_at(22);
            let mut stored = Self {
                bcrypt: Bcrypt {
                    cost: cost.parse().ok()?,
                },
                salt: [0; SALT_LENGTH],
                hash: [0; HASH_LENGTH],
            };
            Base64Bcrypt::decode(salt, &mut stored.salt).ok()?;
            Base64Bcrypt::decode(hash, &mut stored.hash).ok()?;
            Some(stored)
        };
        let stored = parse().ok_or_else(|| {
            Failure::invalid_data(
                "The hash is no bcrypt hash: $2b$, two digits of cost, $ and 53 characters",
            )
        })?;
        Ok(Some(stored))
    }

    pub(super) fn costs(&self) -> Bcrypt {
        self.bcrypt
    }

    /// Whether the password matches. Bytes after the 72nd are ignored, as in other implementations.
    pub(super) fn verify(&self, password: &[u8], task: &Task<'_>) -> Result<bool, Failure> {
        let computed = self.bcrypt.compute(password, &self.salt, task)?;
        Ok(computed.ct_eq(&self.hash).into())
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bcrypt.format(&self.salt, &self.hash))
    }
}
