//! gcc reports comparisons of floating-point numbers of the C libraries, too. libFuzzer does not use
//! them, and has no functions for them.

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_cmpf(_first: f32, _second: f32) {}

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_cmpd(_first: f64, _second: f64) {}
