//! A handler of libjpeg's messages that ends decoding when the data of pixels is damaged. libjpeg only warns of that, and goes
//! on with guesses.

use std::{ffi::c_int, panic::resume_unwind, ptr};

use mozjpeg_sys::{jpeg_common_struct, jpeg_error_mgr};

/// State of libjpeg when all markers before the first scan are read (`DSTATE_READY`). Warnings up to there are about markers.
const READY: c_int = 202;

/// The handler. Errors, and warnings after the headers, unwind.
pub fn handler() -> jpeg_error_mgr {
    jpeg_error_mgr {
        error_exit: Some(end),
        emit_message: Some(warned),
        output_message: Some(ignore),
        format_message: Some(format),
        reset_error_mgr: Some(ignore),
        msg_code: 0,
        msg_parm: mozjpeg_sys::msg_parm_union::default(),
        trace_level: 0,
        num_warnings: 0,
        jpeg_message_table: ptr::null(),
        last_jpeg_message: 0,
        addon_message_table: ptr::null(),
        first_addon_message: 0,
        last_addon_message: 0,
    }
}

#[cold]
extern "C-unwind" fn end(_: &mut jpeg_common_struct) {
    // Without the panic handler, which would log it.
    resume_unwind(Box::new("libjpeg"));
}

/// A message: a warning below level 0, otherwise a trace.
extern "C-unwind" fn warned(decoder: &mut jpeg_common_struct, level: c_int) {
    if level < 0 && decoder.global_state > READY {
        end(decoder);
    }
}

extern "C-unwind" fn ignore(_: &mut jpeg_common_struct) {}

extern "C-unwind" fn format(_: &mut jpeg_common_struct, _: &[u8; 80]) {}
