//! Compiles the C side of the JPEG codec against the headers of mozjpeg-sys.

use std::env;

fn main() {
    if env::var_os("CARGO_FEATURE_IMAGE").is_none() {
        return;
    }
    println!("cargo:rerun-if-changed=src/image/jpeg/shim.c");
    println!("cargo:rerun-if-changed=src/image/jpeg/shim.h");
    let include = env::var_os("DEP_JPEG_INCLUDE").expect("mozjpeg-sys exports its include path");
    cc::Build::new()
        .includes(env::split_paths(&include))
        .file("src/image/jpeg/shim.c")
        .warnings(true)
        .extra_warnings(true)
        .flag_if_supported("-Wno-unused-parameter") // callbacks and libjpeg's headers have some
        .compile("nwp_jpeg");
}
