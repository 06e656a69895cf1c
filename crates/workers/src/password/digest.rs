//! The digests of PBKDF2 and HKDF.

/// A digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// All digests.
    pub const ALL: &[Self] = &[
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// The name, as JavaScript passes it and as it stands in a PHC string.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|digest| digest.name() == name)
    }
}

/// Evaluates an expression with `$hash` as the type of a digest.
macro_rules! with_digest {
    ($digest:expr, $hash:ident => $body:expr) => {
        match $digest {
            Digest::Sha1 => {
                type $hash = sha1::Sha1;
                $body
            }
            Digest::Sha224 => {
                type $hash = sha2::Sha224;
                $body
            }
            Digest::Sha256 => {
                type $hash = sha2::Sha256;
                $body
            }
            Digest::Sha384 => {
                type $hash = sha2::Sha384;
                $body
            }
            Digest::Sha512 => {
                type $hash = sha2::Sha512;
                $body
            }
        }
    };
}

pub(super) use with_digest;
