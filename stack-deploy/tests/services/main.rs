//! Services and images against a small AWS in memory: several accounts, one registry.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod cloud;
mod shop;

mod histories;
mod interleavings;
mod moving;
mod promotions;
mod rollbacks;
mod rollouts;
mod statuses;
