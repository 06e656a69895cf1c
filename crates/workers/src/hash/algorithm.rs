//! The algorithms of `native:hash`.

use crate::Failure;
use digest::block_api::BlockSizeUser;
use digest::{Digest, FixedOutput, KeyInit, Update};
use hmac::SimpleHmac;
use std::hash::Hasher as _;
use twox_hash::{XxHash3_64, XxHash3_128, XxHash64};

/// A hash that is being computed.
pub(super) trait Hasher {
    fn update(&mut self, data: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// The cryptographic hashes of `RustCrypto`, and their HMACs.
impl<T: Update + FixedOutput> Hasher for T {
    fn update(&mut self, data: &[u8]) {
        Update::update(self, data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.finalize_fixed().to_vec()
    }
}

struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().as_bytes().to_vec()
    }
}

struct Crc32(crc32fast::Hasher);

impl Hasher for Crc32 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_be_bytes().to_vec()
    }
}

struct Xxh64(XxHash64);

impl Hasher for Xxh64 {
    fn update(&mut self, data: &[u8]) {
        self.0.write(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().to_be_bytes().to_vec()
    }
}

struct Xxh3(XxHash3_64);

impl Hasher for Xxh3 {
    fn update(&mut self, data: &[u8]) {
        self.0.write(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().to_be_bytes().to_vec()
    }
}

struct Xxh128(XxHash3_128);

impl Hasher for Xxh128 {
    fn update(&mut self, data: &[u8]) {
        self.0.write(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish_128().to_be_bytes().to_vec()
    }
}

fn digest<D: Digest + Update + FixedOutput + 'static>() -> Box<dyn Hasher> {
    Box::new(<D as Digest>::new())
}

/// HMAC of RFC 2104, with a key of any length.
fn hmac<D>(key: &[u8]) -> Box<dyn Hasher>
where
    D: Digest + BlockSizeUser + Update + FixedOutput + 'static,
    SimpleHmac<D>: KeyInit + Update + FixedOutput,
{
    let hmac = <SimpleHmac<D> as KeyInit>::new_from_slice(key);
    Box::new(hmac.expect("a key of any length is valid"))
}

/// Makes the enum of algorithms from a table: name, documentation, hash without a key, hash with a
/// key.
macro_rules! algorithms {
    ($($variant:ident, $name:literal, $doc:literal, $hasher:expr, $keyed:expr;)+) => {
        /// An algorithm of `native:hash`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Algorithm {
            $(#[doc = $doc] $variant,)+
        }

        impl Algorithm {
            /// All algorithms.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name of the algorithm, as JavaScript passes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// A new hash.
            pub(super) fn hasher(self) -> Box<dyn Hasher> {
                match self { $(Self::$variant => $hasher),+ }
            }

            /// A new hash with a key.
            pub(super) fn keyed(self, key: &[u8]) -> Result<Box<dyn Hasher>, Failure> {
                match self { $(Self::$variant => $keyed(self, key)),+ }
            }
        }
    };
}

algorithms! {
    Sha1, "sha1", "SHA-1 (FIPS 180-4)", digest::<sha1::Sha1>(), mac::<sha1::Sha1>;
    Sha224, "sha224", "SHA-224 (FIPS 180-4)", digest::<sha2::Sha224>(), mac::<sha2::Sha224>;
    Sha256, "sha256", "SHA-256 (FIPS 180-4)", digest::<sha2::Sha256>(), mac::<sha2::Sha256>;
    Sha384, "sha384", "SHA-384 (FIPS 180-4)", digest::<sha2::Sha384>(), mac::<sha2::Sha384>;
    Sha512, "sha512", "SHA-512 (FIPS 180-4)", digest::<sha2::Sha512>(), mac::<sha2::Sha512>;
    Sha512_256, "sha512-256", "SHA-512/256 (FIPS 180-4)", digest::<sha2::Sha512_256>(), mac::<sha2::Sha512_256>;
    Sha3_256, "sha3-256", "SHA3-256 (FIPS 202)", digest::<sha3::Sha3_256>(), mac::<sha3::Sha3_256>;
    Sha3_512, "sha3-512", "SHA3-512 (FIPS 202)", digest::<sha3::Sha3_512>(), mac::<sha3::Sha3_512>;
    Md5, "md5", "MD5 (RFC 1321)", digest::<md5::Md5>(), mac::<md5::Md5>;
    Blake2b512, "blake2b512", "`BLAKE2b` with 64 bytes (RFC 7693)", digest::<blake2::Blake2b512>(), mac::<blake2::Blake2b512>;
    Blake2s256, "blake2s256", "`BLAKE2s` with 32 bytes (RFC 7693)", digest::<blake2::Blake2s256>(), mac::<blake2::Blake2s256>;
    Blake3, "blake3", "BLAKE3 with 32 bytes", Box::new(Blake3(blake3::Hasher::new())), blake3_keyed;
    Crc32, "crc32", "CRC-32 of gzip and zip (RFC 1952)", Box::new(Crc32(crc32fast::Hasher::new())), without_key;
    Xxh64, "xxh64", "XXH64 with seed 0", Box::new(Xxh64(XxHash64::with_seed(0))), without_key;
    Xxh3, "xxh3", "XXH3 with 64 bits and seed 0", Box::new(Xxh3(XxHash3_64::new())), without_key;
    Xxh128, "xxh128", "XXH3 with 128 bits and seed 0", Box::new(Xxh128(XxHash3_128::new())), without_key;
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for all algorithms")]
fn mac<D>(_algorithm: Algorithm, key: &[u8]) -> Result<Box<dyn Hasher>, Failure>
where
    D: Digest + BlockSizeUser + Update + FixedOutput + 'static,
    SimpleHmac<D>: KeyInit + Update + FixedOutput,
{
    Ok(hmac::<D>(key))
}

fn blake3_keyed(_algorithm: Algorithm, key: &[u8]) -> Result<Box<dyn Hasher>, Failure> {
    let key = key.try_into().map_err(|_| {
        Failure::invalid_value(format!(
            "The key of blake3 must have 32 bytes, not {}",
            key.len()
        ))
    })?;
    Ok(Box::new(Blake3(blake3::Hasher::new_keyed(key))))
}

fn without_key(algorithm: Algorithm, _key: &[u8]) -> Result<Box<dyn Hasher>, Failure> {
    Err(Failure::invalid_value(format!(
        "{} has no key",
        algorithm.name()
    )))
}
