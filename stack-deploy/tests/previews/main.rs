//! Environments of branches in a small account under virtual time.

#![allow(unreachable_pub, clippy::expect_used, clippy::panic)]

mod clock;
mod cloud;
mod world;

mod admission;
mod down;
mod lives;
mod message;
mod names;
mod races;
mod sweep;
mod up;
