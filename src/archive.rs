//! Archive formats: bytes in, values out, and back. Knows no socket, no file name and no clock.

pub mod toc;
