use super::*;
use crate::Bytes;
use native_worker_pool_engine::CancelSource;

fn hash_of(name: &str, data: &[u8], key: Option<&[u8]>) -> Result<Value, Failure> {
    let algorithm = *Algorithm::ALL
        .iter()
        .find(|algorithm| algorithm.name() == name)
        .unwrap();
    let input = HashInput {
        source: Source::Data(Bytes::from(data.to_vec())),
        algorithm,
        key: key.map(|key| Zeroizing::new(key.to_vec())),
        encoding: Encoding::Hex,
    };
    Hash.run(input, &Task::new(&CancelSource::new().token()))
}

/// Of "abc", from the standards and the reference implementations.
const ABC: [(&str, &str); 16] = [
    ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        "sha224",
        "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    ),
    (
        "sha256",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    (
        "sha384",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        "sha512",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    (
        "sha512-256",
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    ),
    (
        "sha3-256",
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    ),
    (
        "sha3-512",
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    ),
    ("md5", "900150983cd24fb0d6963f7d28e17f72"),
    (
        "blake2b512",
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    ),
    (
        "blake2s256",
        "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
    ),
    (
        "blake3",
        "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
    ),
    ("crc32", "352441c2"),
    ("xxh64", "44bc2cf5ad770999"),
    ("xxh3", "78af5f94892f3950"),
    ("xxh128", "06b05ab6733a618578af5f94892f3950"),
];

#[test]
fn every_algorithm_has_a_published_vector() {
    assert_eq!(ABC.len(), Algorithm::ALL.len());
    for (name, expected) in ABC {
        assert_eq!(
            hash_of(name, b"abc", None).unwrap(),
            expected.into(),
            "{name}"
        );
    }
}

/// RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-2), test case 2; FIPS 202 has no vectors for HMAC.
#[test]
fn hmac_agrees_with_the_rfcs() {
    let key = Some(b"Jefe".as_slice());
    let data = b"what do ya want for nothing?";
    for (name, expected) in [
        ("md5", "750c783e6ab0b503eaa86e310a5db738"),
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            "sha256",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "sha512",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ] {
        assert_eq!(hash_of(name, data, key).unwrap(), expected.into(), "{name}");
    }
}

#[test]
fn a_key_that_the_algorithm_cannot_use_is_refused() {
    let code = |result: Result<Value, Failure>| result.unwrap_err().error_code().map(str::to_owned);
    let invalid = Some("ERR_INVALID_ARG_VALUE".to_owned());
    assert_eq!(code(hash_of("crc32", b"", Some(b"key"))), invalid);
    assert_eq!(code(hash_of("blake3", b"", Some(&[0; 31]))), invalid);
    assert!(hash_of("blake3", b"", Some(&[0; 32])).is_ok());
}

#[test]
fn a_cancelled_hash_stops() {
    let source = CancelSource::new();
    source.cancel();
    let input = HashInput {
        source: Source::Data(vec![0; 1].into()),
        algorithm: Algorithm::Sha256,
        key: None,
        encoding: Encoding::Buffer,
    };
    assert_eq!(
        Hash.run(input, &Task::new(&source.token())),
        Err(Failure::cancelled())
    );
}
