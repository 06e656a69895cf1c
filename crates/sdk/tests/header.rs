//! The C header is that of `src/abi.rs`. `UPDATE_HEADER=1 cargo test -p native-worker-pool-sdk
//! --test header` writes it.

use std::env;
use std::fs;
use std::path::Path;

#[test]
fn the_header_is_that_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/abi.rs"))
        .generate()
        .unwrap();
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = plain(&String::from_utf8(generated).unwrap());

    let header = root.join("include/native_worker_pool.h");
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&header, &generated).unwrap();
    }
    let written = fs::read_to_string(&header)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert_eq!(
        written, generated,
        "run UPDATE_HEADER=1 cargo test -p native-worker-pool-sdk --test header"
    );
}

/// The comments of Rust as C has them: `` [`OK`] `` becomes `NWP_OK`, and the examples are omitted.
fn plain(header: &str) -> String {
    let header = without_examples(header);
    let constants = [
        "ABI",
        "UNDEFINED",
        "NULL",
        "BOOL",
        "NUMBER",
        "TEXT",
        "BYTES",
        "LIST",
        "RECORD",
        "OK",
        "FAILED",
        "PANICKED",
    ];
    let mut text = header;
    for name in constants {
        text = text.replace(&format!("[`{name}`]"), &format!("NWP_{name}"));
    }
    for (rust, c) in [
        ("[`Value`]", "nwp_value"),
        ("[`Field`]", "nwp_field"),
        ("[`Table`]", "nwp_table"),
        ("[`Table::run`]", "run"),
        ("`", ""),
    ] {
        text = text.replace(rust, c);
    }
    text
}

/// Omits the examples of the comments, each with the empty line before it.
fn without_examples(header: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut is_example = false;
    for line in header.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence && !is_example {
            lines.pop_if(|line| line.trim().is_empty());
        }
        if !is_fence && !is_example {
            lines.push(line);
        }
        is_example ^= is_fence;
    }
    lines.join("\n") + "\n"
}
