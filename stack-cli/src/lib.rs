//! The command line of a program of stacks.

pub mod settings;
