//! Hashes of passwords as text: the PHC string format, `$algorithm$v=version$costs$salt$hash`.
//!
//! Not taken from a crate: the available parsers refuse long hashes that other implementations
//! store.

use super::{Argon2, Costs, Digest, Pbkdf2, Scrypt, Variant};
use crate::Failure;
use base64ct::{Base64Unpadded, Encoding};
use std::fmt;

/// Minimum length of a hash, in bytes, as in the PHC string format for argon2. A wrong password
/// could match a shorter, truncated hash by chance.
const MIN_HASH: usize = 12;

/// A stored hash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phc {
    pub(super) costs: Costs,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// The costs of a PHC string by name.
struct Fields<'a>(Vec<(&'a str, u32)>);

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let malformed =
            |what: &str| Failure::invalid_data(format!("The hash is malformed: {what}"));
        let mut parts = text
            .strip_prefix('$')
            .ok_or_else(|| malformed("it does not begin with $"))?
            .split('$')
            .peekable();
        let name = parts.next().unwrap_or_default();
        let version = match parts.peek().and_then(|part| part.strip_prefix("v=")) {
            None => None,
            Some(version) => {
                parts.next();
                Some(number(version).ok_or_else(|| malformed("its version is no number"))?)
            }
        };
        let (Some(costs), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            // A text with fewer parts is no hash. It may be a password in the wrong field, so no part of it
            // is repeated.
            let is_hash = text.matches('$').count() >= 3;
            return Err(if is_hash && !is_algorithm(name) {
                unknown(name)
            } else {
                malformed("it has not the parts of a PHC string")
            });
        };
        let fields = Fields::parse(costs).ok_or_else(|| malformed("its costs are no numbers"))?;
        let hash = Base64Unpadded::decode_vec(hash)
            .map_err(|_| malformed("the part after the salt is not base64 without padding"))?;
        let salt = Base64Unpadded::decode_vec(salt)
            .map_err(|_| malformed("its salt is not base64 without padding"))?;
        if hash.len() < MIN_HASH {
            return Err(malformed(&format!(
                "its last part has {} bytes, fewer than {MIN_HASH}; was it truncated?",
                hash.len()
            )));
        }
        let costs = costs_of(name, version, fields, hash.len())?;
        Ok(Self { costs, salt, hash })
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(self.costs, &self.salt, &self.hash))
    }
}

fn is_algorithm(name: &str) -> bool {
    Variant::ALL.iter().any(|variant| variant.name() == name)
        || name == "scrypt"
        || name
            .strip_prefix("pbkdf2-")
            .and_then(Digest::find)
            .is_some()
}

fn unknown(name: &str) -> Failure {
    let name = name.chars().take(32).collect::<String>();
    Failure::invalid_data(format!("The algorithm of the hash is unknown: {name:?}"))
}

fn costs_of(
    name: &str,
    version: Option<u32>,
    mut fields: Fields<'_>,
    length: usize,
) -> Result<Costs, Failure> {
    let variant = Variant::ALL.iter().find(|variant| variant.name() == name);
    let costs = if let Some(&variant) = variant {
        Costs::Argon2(Argon2 {
            variant,
            version: version.unwrap_or(0x10),
            memory: fields.take("m")?,
            iterations: fields.take("t")?,
            parallelism: fields.take("p")?,
        })
    } else if name == "scrypt" {
        Costs::Scrypt(Scrypt {
            ln: fields.take("ln")?,
            r: fields.take("r")?,
            p: fields.take("p")?,
        })
    } else if let Some(digest) = name.strip_prefix("pbkdf2-").and_then(Digest::find) {
        let iterations = fields.take("i")?;
        if let Ok(stated) = fields.take("l")
            && stated as usize != length
        {
            return Err(Failure::invalid_data(format!(
                "The hash is malformed: l={stated}, but it has {length} bytes"
            )));
        }
        Costs::Pbkdf2(Pbkdf2 { digest, iterations })
    } else {
        return Err(unknown(name));
    };
    if version.is_some() && !matches!(costs, Costs::Argon2(_)) {
        return Err(Failure::invalid_data(format!(
            "The hash is malformed: {name} has no version"
        )));
    }
    match fields.0.first() {
        None => Ok(costs),
        Some((name, _)) => Err(Failure::invalid_data(format!(
            "The hash has a cost that is not known: {name}"
        ))),
    }
}

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let field = |field: &'a str| {
            let (name, value) = field.split_once('=')?;
            Some((name, number(value)?))
        };
        text.split(',').map(field).collect::<Option<_>>().map(Self)
    }

    fn take(&mut self, name: &str) -> Result<u32, Failure> {
        let at = self.0.iter().position(|&(other, _)| other == name);
        match at {
            Some(at) => Ok(self.0.remove(at).1),
            None => Err(Failure::invalid_data(format!(
                "The hash is malformed: it lacks {name}"
            ))),
        }
    }
}

/// A decimal number without a sign and without leading zeros.
fn number(text: &str) -> Option<u32> {
    let is_plain = text == "0" || !text.starts_with(['0', '+', '-']);
    if is_plain { text.parse().ok() } else { None }
}

/// The PHC string of a new hash.
pub(super) fn format(costs: Costs, salt: &[u8], hash: &[u8]) -> String {
    let head = match costs {
        Costs::Argon2(Argon2 {
            variant,
            version,
            memory,
            iterations,
            parallelism,
        }) => {
            let name = variant.name();
            format!("{name}$v={version}$m={memory},t={iterations},p={parallelism}")
        }
        Costs::Scrypt(Scrypt { ln, r, p }) => format!("scrypt$ln={ln},r={r},p={p}"),
        Costs::Pbkdf2(Pbkdf2 { digest, iterations }) => {
            format!("pbkdf2-{}$i={iterations},l={}", digest.name(), hash.len())
        }
        Costs::Bcrypt(_) => unreachable!("bcrypt has a form of its own"),
    };
    let salt = Base64Unpadded::encode_string(salt);
    let hash = Base64Unpadded::encode_string(hash);
    format!("${head}${salt}${hash}")
}
