//! The SDK against a server on this machine: what is retried and by whom, what is sent, whose
//! credentials are used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod canned;
mod deployment;
mod proxy;
mod requests;
mod retries;
mod services;
