//! The engine in a model of CloudFormation under virtual time: whatever goes wrong, what is
//! promised holds at every step.

#![allow(unreachable_pub, clippy::expect_used, clippy::panic)]

mod cloud;
mod scenarios;
mod world;

mod choices;
mod failures;
mod matrix;
mod random;
mod several;
