//! `native:hashPassword`, `native:verifyPassword` and `native:deriveKey`.
//!
//! Passwords, keys and everything derived from them are wiped when they are dropped.

mod argon2;
mod bcrypt;
mod costs;
mod derive_key;
mod digest;
mod hash_password;
mod hkdf;
mod huge_pages;
mod kept_memory;
mod pbkdf2;
mod phc;
mod polls;
mod scrypt;
mod stored_hash;
#[cfg(test)]
mod tests;
mod verify_password;

pub use self::argon2::{Argon2, Variant};
pub use self::bcrypt::Bcrypt;
pub use self::costs::Costs;
pub use self::derive_key::{Derivation, DeriveKey, DeriveKeyInput};
pub use self::digest::Digest;
pub use self::hash_password::{HashPassword, HashPasswordInput};
pub use self::hkdf::Hkdf;
pub use self::pbkdf2::Pbkdf2;
pub use self::scrypt::Scrypt;
pub use self::stored_hash::StoredHash;
pub use self::verify_password::{VerifyPassword, VerifyPasswordInput};

use zeroize::Zeroizing;

/// Bytes that are wiped when they are dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// Frees the memory that this thread keeps for its next hash.
fn rest() {
    argon2::rest();
    scrypt::rest();
}
