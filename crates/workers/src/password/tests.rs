use super::phc::Phc;
use super::*;
use crate::encoding::Encoding;
use crate::{Failure, NativeTask, Task, Value};
use native_worker_pool_engine::CancelSource;
use proptest::prelude::*;

const MAX_MEMORY: u64 = 1 << 30;

fn secret(text: &str) -> Secret {
    Zeroizing::new(text.as_bytes().to_vec())
}

fn hash(password: &str, costs: Costs) -> Result<String, Failure> {
    let token = CancelSource::new().token();
    let input = HashPasswordInput {
        password: secret(password),
        salt: None,
        max_memory: MAX_MEMORY,
        costs,
    };
    HashPassword.run(input, &Task::new(&token))
}

fn verify(password: &str, hash: &str) -> Result<bool, Failure> {
    let token = CancelSource::new().token();
    let input = VerifyPasswordInput {
        password: secret(password),
        hash: hash.into(),
        max_memory: MAX_MEMORY,
    };
    VerifyPassword.run(input, &Task::new(&token))
}

fn derive(password: &str, salt: &[u8], derivation: Derivation, length: usize) -> Vec<u8> {
    derive_with(password.as_bytes(), salt, derivation, length)
}

fn derive_with(password: &[u8], salt: &[u8], derivation: Derivation, length: usize) -> Vec<u8> {
    let token = CancelSource::new().token();
    let input = DeriveKeyInput {
        password: Zeroizing::new(password.to_vec()),
        salt: salt.to_vec().into(),
        length: length.try_into().unwrap(),
        max_memory: MAX_MEMORY,
        derivation,
    };
    DeriveKey.run(input, &Task::new(&token)).unwrap().into_vec()
}

fn hex(bytes: &[u8]) -> String {
    match Encoding::Hex.encode(bytes.to_vec()) {
        Value::Text(text) => text.into(),
        other => panic!("{other:?}"),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    result
        .unwrap_err()
        .error_code()
        .unwrap_or_default()
        .to_owned()
}

const SMALL: [Costs; 5] = [
    Costs::Argon2(Argon2 {
        variant: Variant::Id,
        version: 0x13,
        memory: 64,
        iterations: 1,
        parallelism: 1,
    }),
    Costs::Argon2(Argon2 {
        variant: Variant::D,
        version: 0x13,
        memory: 64,
        iterations: 2,
        parallelism: 2,
    }),
    Costs::Bcrypt(Bcrypt { cost: 4 }),
    Costs::Scrypt(Scrypt { ln: 4, r: 8, p: 1 }),
    Costs::Pbkdf2(Pbkdf2 {
        digest: Digest::Sha256,
        iterations: 10,
    }),
];

/// Costs that take far longer than a test may.
const ABSURD: [Costs; 6] = [
    Costs::Argon2(Argon2 {
        variant: Variant::Id,
        version: 0x13,
        memory: 8,
        iterations: u32::MAX,
        parallelism: 1,
    }),
    Costs::Argon2(Argon2 {
        variant: Variant::I,
        version: 0x10,
        memory: 1 << 17,
        iterations: u32::MAX,
        parallelism: 3,
    }),
    Costs::Scrypt(Scrypt {
        ln: 1,
        r: 8,
        p: 900_000,
    }),
    Costs::Scrypt(Scrypt {
        ln: 19,
        r: 8,
        p: 1000,
    }),
    Costs::Bcrypt(Bcrypt { cost: 31 }),
    Costs::Pbkdf2(Pbkdf2 {
        digest: Digest::Sha1,
        iterations: u32::MAX,
    }),
];

#[test]
fn what_was_hashed_verifies_and_another_password_does_not() {
    for costs in SMALL {
        let first = hash("pass", costs).unwrap();
        assert!(verify("pass", &first).unwrap(), "{first}");
        assert!(!verify("pasS", &first).unwrap(), "{first}");
        assert_ne!(first, hash("pass", costs).unwrap(), "the salt is random");
    }
}

#[test]
fn a_version_is_refused_for_algorithms_without_versions() {
    for head in ["scrypt$v=1$ln=4,r=8,p=1", "pbkdf2-sha256$v=19$i=10"] {
        let text = format!("${head}$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ");
        assert_eq!(code(verify("", &text)), "ERR_INVALID_DATA", "{head}");
    }
}

#[test]
fn a_stored_hash_prints_as_it_was_stored() {
    for costs in SMALL {
        let text = hash("pass", costs).unwrap();
        let stored = StoredHash::parse(&text).unwrap();
        assert_eq!(stored.to_string(), text);
        assert_eq!(stored.costs(), costs);
    }
}

/// The test vectors of the reference implementation of Argon2 (src/test.c).
#[test]
fn argon2_agrees_with_the_reference_implementation() {
    for hash in [
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    ] {
        assert!(verify("password", hash).unwrap(), "{hash}");
        assert!(!verify("differentpassword", hash).unwrap(), "{hash}");
    }
}

/// Vectors of OpenBSD's and jBCrypt's tests.
#[test]
fn bcrypt_agrees_with_jbcrypt() {
    for (password, hash) in [
        (
            "",
            "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
        ),
        (
            "a",
            "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        ),
        (
            "abc",
            "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        ),
        (
            "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
        ),
    ] {
        assert!(verify(password, hash).unwrap(), "{hash}");
        assert!(!verify("b", hash).unwrap(), "{hash}");
    }
}

/// RFC 7914, section 12, and RFC 6070.
#[test]
fn scrypt_and_pbkdf2_agree_with_the_rfcs() {
    let scrypt = Derivation::Password(Costs::Scrypt(Scrypt {
        ln: 10,
        r: 8,
        p: 16,
    }));
    assert_eq!(
        hex(&derive("password", b"NaCl", scrypt, 64)),
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    );
    let pbkdf2 =
        |digest, iterations| Derivation::Password(Costs::Pbkdf2(Pbkdf2 { digest, iterations }));
    assert_eq!(
        hex(&derive(
            "passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            pbkdf2(Digest::Sha1, 4096),
            25
        )),
        "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"
    );
    assert_eq!(
        hex(&derive("passwd", b"salt", pbkdf2(Digest::Sha256, 1), 64)),
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    );
}

#[test]
fn bcrypt_refuses_what_it_would_truncate() {
    let bcrypt = |password: &str| hash(password, Costs::Bcrypt(Bcrypt { cost: 4 }));
    assert!(bcrypt(&"x".repeat(72)).is_ok());
    assert_eq!(code(bcrypt(&"x".repeat(73))), "ERR_OUT_OF_RANGE");
    assert_eq!(code(bcrypt("a\0b")), "ERR_INVALID_ARG_VALUE");
}

/// RFC 5869, test cases 1 and 3.
#[test]
fn hkdf_agrees_with_the_rfc() {
    let hkdf = |info: Vec<u8>| {
        Derivation::Hkdf(Hkdf {
            info: info.into(),
            digest: Digest::Sha256,
        })
    };
    let key = String::from_utf8(vec![0x0b; 22]).unwrap();
    assert_eq!(
        hex(&derive(
            &key,
            &(0..=0x0c).collect::<Vec<_>>(),
            hkdf((0xf0..=0xf9).collect()),
            42
        )),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
    assert_eq!(
        hex(&derive(&key, &[], hkdf(Vec::new()), 42)),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    );
}

#[test]
fn costs_of_a_stored_hash_are_checked_before_memory_is_allocated() {
    let salt_and_hash = "c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";
    for (costs, expected) in [
        ("argon2id$v=19$m=4294967295,t=1,p=1", "ERR_BUFFER_TOO_LARGE"),
        ("scrypt$ln=63,r=8,p=1", "ERR_BUFFER_TOO_LARGE"),
        ("scrypt$ln=10,r=4294967295,p=1", "ERR_BUFFER_TOO_LARGE"),
        ("argon2id$v=19$m=7,t=1,p=1", "ERR_OUT_OF_RANGE"),
        ("argon2id$v=19$m=64,t=0,p=1", "ERR_OUT_OF_RANGE"),
        ("argon2id$v=20$m=64,t=1,p=1", "ERR_OUT_OF_RANGE"),
        ("pbkdf2-sha256$i=0", "ERR_OUT_OF_RANGE"),
    ] {
        assert_eq!(
            code(verify("", &format!("${costs}${salt_and_hash}"))),
            expected,
            "{costs}"
        );
    }
}

#[test]
fn a_cancelled_derivation_of_few_iterations_stops() {
    let source = CancelSource::new();
    let token = source.token();
    let pbkdf2 = Pbkdf2 {
        digest: Digest::Sha1,
        iterations: 1,
    };
    source.cancel();
    let mut key = [0; 32];
    let result = pbkdf2.derive(b"x", b"x", &mut key, &Task::new(&token));
    assert_eq!(result, Err(Failure::cancelled()));
}

/// Without the polls, this test would not end.
#[test]
fn a_running_hash_stops_when_it_is_cancelled() {
    for costs in ABSURD {
        let source = CancelSource::new();
        let token = source.token();
        let result = std::thread::scope(|scope| {
            let hash = scope.spawn(|| {
                let input = HashPasswordInput {
                    password: secret("x"),
                    salt: None,
                    max_memory: MAX_MEMORY,
                    costs,
                };
                HashPassword.run(input, &Task::new(&token))
            });
            std::thread::yield_now();
            source.cancel();
            hash.join().unwrap()
        });
        assert_eq!(result, Err(Failure::cancelled()), "{costs:?}");
    }
}

#[test]
fn a_cancelled_task_stops() {
    let source = CancelSource::new();
    source.cancel();
    let token = source.token();
    for costs in ABSURD {
        let input = HashPasswordInput {
            password: secret("x"),
            salt: None,
            max_memory: MAX_MEMORY,
            costs,
        };
        let hash = HashPassword.run(input, &Task::new(&token));
        assert_eq!(hash, Err(Failure::cancelled()));
    }
}

fn variants() -> impl Strategy<Value = (Variant, ::argon2::Algorithm)> {
    use ::argon2::Algorithm;

    prop::sample::select(vec![
        (Variant::D, Algorithm::Argon2d),
        (Variant::I, Algorithm::Argon2i),
        (Variant::Id, Algorithm::Argon2id),
    ])
}

proptest! {
    #[test]
    fn argon2_agrees_with_the_argon2_crate(
        (variant, algorithm) in variants(), version in prop::sample::select(vec![0x10u32, 0x13]),
        parallelism in 1u32..6, segment in 2u32..9, long_segment in prop::option::weighted(0.1, 100u32..300),
        more in 0u32..4, iterations in 1u32..5,
        password in prop::collection::vec(any::<u8>(), 0..200), salt in prop::collection::vec(any::<u8>(), 8..200),
        length in prop_oneof![4usize..130, 200usize..300],
    ) {
        let memory = 4 * parallelism * long_segment.unwrap_or(segment) + more;
        let costs = Argon2 { variant, version, memory, iterations, parallelism };
        let key = derive_with(&password, &salt, Derivation::Password(Costs::Argon2(costs)), length);
        let params = ::argon2::Params::new(memory, iterations, parallelism, Some(length)).unwrap();
        let other = ::argon2::Argon2::new(algorithm, version.try_into().unwrap(), params);
        let mut expected = vec![0; length];
        other.hash_password_into(&password, &salt, &mut expected).unwrap();
        prop_assert_eq!(key, expected);
    }

    #[test]
    fn scrypt_agrees_with_the_scrypt_crate(
        ln in 1u32..8, r in 1u32..12, p in 1u32..5,
        password in prop::collection::vec(any::<u8>(), 0..200), salt in prop::collection::vec(any::<u8>(), 0..200),
        length in 1usize..130,
    ) {
        let derivation = Derivation::Password(Costs::Scrypt(Scrypt { ln, r, p }));
        let key = derive_with(&password, &salt, derivation, length);
        let params = ::scrypt::Params::new(ln.try_into().unwrap(), r, p).unwrap();
        let mut expected = vec![0; length];
        ::scrypt::scrypt(&password, &salt, &params, &mut expected).unwrap();
        prop_assert_eq!(key, expected);
    }

    /// What parses is formatted again to the same costs, salt and hash: nothing is read in two
    /// ways.
    #[test]
    fn a_text_that_parses_has_one_meaning(
        name in "argon2(id|i|d)|scrypt|pbkdf2-sha(1|256|512)|[a-z0-9-]{1,9}",
        version in prop_oneof![Just(String::new()), "[$]v=[0-9]{1,3}"],
        costs in "(m|t|p|i|l|ln|r|v)=[0-9]{1,4}(,(m|t|p|i|l|ln|r)=[0-9+]{1,4}){0,3}",
        tail in "[$][A-Za-z0-9+/]{0,12}[$][A-Za-z0-9+/=]{0,12}[$]?",
    ) {
        let text = format!("${name}{version}${costs}{tail}");
        match Phc::parse(&text) {
            Ok(parsed) => {
                let formatted = phc::format(parsed.costs, &parsed.salt, &parsed.hash);
                prop_assert_eq!(Phc::parse(&formatted).unwrap(), parsed);
                let parts = |text: &str| text.rsplitn(3, '$').take(2).map(str::to_owned).collect::<Vec<_>>();
                prop_assert_eq!(parts(&formatted), parts(&text), "salt and hash are the same text");
                prop_assert!(formatted.contains(&version), "{version} is not ignored");
            }
            Err(failure) => prop_assert_eq!(failure.error_code(), Some("ERR_INVALID_DATA")),
        }
    }

    #[test]
    fn any_text_at_all_is_a_hash_or_invalid_data(text in any::<String>(), prefix in "[$]?(argon2id|2b|scrypt)?[$]?") {
        for text in [text.clone(), format!("{prefix}{text}")] {
            if let Err(failure) = StoredHash::parse(&text) {
                prop_assert_eq!(failure.error_code(), Some("ERR_INVALID_DATA"));
            }
        }
    }

    /// A hash of which one byte was changed is refused, or belongs to another password.
    #[test]
    fn a_changed_hash_does_not_verify(at in any::<prop::sample::Index>(), byte in 32u8..127) {
        const HASH: &str = "$pbkdf2-sha256$i=2$c2FsdHNhbHQ$";
        let key = derive("password", b"saltsalt", Derivation::Password(Costs::Pbkdf2(Pbkdf2 {
            digest: Digest::Sha256,
            iterations: 2,
        })), 32);
        let Value::Text(key) = Encoding::Base64.encode(key) else { unreachable!() };
        let hash = format!("{HASH}{}", key.trim_end_matches('='));
        prop_assert!(verify("password", &hash).unwrap());
        let at = at.index(hash.len());
        let mut changed = hash.clone().into_bytes();
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        // The name of the costs aside, every byte counts.
        if changed != hash {
            prop_assert!(!verify("password", &changed).unwrap_or(false), "{}", changed);
        }
    }

    #[test]
    fn any_other_text_is_refused(text in "\\$?(argon2id|scrypt|pbkdf2-sha1|2b|x)?(\\$[a-z0-9=,.]{0,12}){0,6}") {
        let result = verify("password", &text);
        if let Err(failure) = result {
            prop_assert!(failure.error_code().is_some());
        }
    }

    #[test]
    fn a_string_that_was_formatted_parses_to_the_same(
        memory in 8u32..100, iterations in 1u32..9, salt in prop::collection::vec(any::<u8>(), 8..40),
        hash in prop::collection::vec(any::<u8>(), 12..90), ln in 1u32..20,
    ) {
        for costs in [
            Costs::Argon2(Argon2 { variant: Variant::I, version: 0x10, memory, iterations, parallelism: 1 }),
            Costs::Scrypt(Scrypt { ln, r: 8, p: iterations }),
            Costs::Pbkdf2(Pbkdf2 { digest: Digest::Sha512, iterations }),
        ] {
            let expected = Phc { costs, salt: salt.clone(), hash: hash.clone() };
            prop_assert_eq!(Phc::parse(&phc::format(costs, &salt, &hash)).unwrap(), expected);
        }
    }
}
