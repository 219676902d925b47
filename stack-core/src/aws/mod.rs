//! Generated resource types.

pub mod kinds;
