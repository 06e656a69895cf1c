//! The declarations of shim.h in Rust.

use std::ffi::{c_char, c_int, c_void};

pub(super) const OK: c_int = 0;
pub(super) const STOPPED: c_int = 2;

pub(super) const TRUNCATED: c_int = 1;
pub(super) const DAMAGED: c_int = 2;
pub(super) const WARNED: c_int = 4;

#[repr(C)]
pub(super) struct RawReader {
    _private: [u8; 0],
}

#[repr(C)]
pub(super) struct RawWriter {
    _private: [u8; 0],
}

pub(super) type RawShouldStop = unsafe extern "C" fn(*mut c_void) -> c_int;

unsafe extern "C" {
    pub(super) fn nwp_jpeg_reader_open(
        should_stop: RawShouldStop,
        context: *mut c_void,
    ) -> *mut RawReader;
    pub(super) fn nwp_jpeg_reader_close(reader: *mut RawReader);
    pub(super) fn nwp_jpeg_reader_message(reader: *const RawReader) -> *const c_char;
    pub(super) fn nwp_jpeg_reader_flaws(reader: *const RawReader) -> c_int;
    pub(super) fn nwp_jpeg_read_header(
        reader: *mut RawReader,
        data: *const u8,
        length: usize,
        width: *mut u32,
        height: *mut u32,
        components: *mut c_int,
        is_inverted: *mut c_int,
    ) -> c_int;
    pub(super) fn nwp_jpeg_start(
        reader: *mut RawReader,
        denominator: u32,
        width: *mut u32,
        height: *mut u32,
        channels: *mut c_int,
    ) -> c_int;
    pub(super) fn nwp_jpeg_read_rows(
        reader: *mut RawReader,
        out: *mut u8,
        stride: usize,
        rows: u32,
        done: *mut u32,
    ) -> c_int;

    pub(super) fn nwp_jpeg_writer_open(
        should_stop: RawShouldStop,
        context: *mut c_void,
    ) -> *mut RawWriter;
    pub(super) fn nwp_jpeg_writer_close(writer: *mut RawWriter);
    pub(super) fn nwp_jpeg_writer_message(writer: *const RawWriter) -> *const c_char;
    pub(super) fn nwp_jpeg_start_writing(
        writer: *mut RawWriter,
        width: u32,
        height: u32,
        quality: c_int,
        is_progressive: c_int,
    ) -> c_int;
    pub(super) fn nwp_jpeg_write_rows(
        writer: *mut RawWriter,
        data: *const u8,
        stride: usize,
        rows: u32,
    ) -> c_int;
    pub(super) fn nwp_jpeg_finish(
        writer: *mut RawWriter,
        data: *mut *const u8,
        length: *mut usize,
    ) -> c_int;
}
