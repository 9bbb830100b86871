//! The console's state and its pure, synchronous update. Knows no screen, no terminal, no runtime.

pub mod msg;
