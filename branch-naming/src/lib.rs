#![doc = include_str!("../SPECIFICATION.md")]

mod naming;
pub mod tags;

pub use naming::{InvalidNaming, Names, Naming, RESERVED};
