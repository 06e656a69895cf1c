//! Empty callbacks for floating-point comparisons. gcc inserts calls of these into the C libraries,
//! but libFuzzer does not define them.

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_cmpf(_first: f32, _second: f32) {}

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_cmpd(_first: f64, _second: f64) {}
