//! emulator
mod correct;
mod geometry;
mod mark;
mod payload;
mod picture;
