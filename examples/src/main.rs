//! The example systems.
fn main() {}
