//! Picks a front.
fn main() {}
