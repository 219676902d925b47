#![doc = include_str!("../SPECIFICATION.md")]

mod naming;
mod provider;
pub mod tags;

pub use naming::{InvalidNaming, Names, Naming, RESERVED};
pub use provider::Provider;
