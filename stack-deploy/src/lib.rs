//! Stacks to AWS, safely, and seen through.
//!
//! What is decided and what is done are apart. An [`engine::Engine`] says the next
//! [`engine::Action`] and is told what came of it; it makes no call, reads no clock and rolls no
//! dice, so that AWS, an emulator and a simulation under virtual time drive the same code. What
//! makes the calls is behind the trait [`CloudFormation`].

mod calendar;
mod secret;
mod stack_status;
mod time;

pub mod api;
mod classify;
mod cloudformation;
pub mod ecr;
pub mod ecs;
pub mod load_balancing;
mod stacks;

pub mod engine;

pub mod drive;
pub mod journal;
mod look;

pub mod history;
pub mod images;
pub mod services;
pub mod status;

#[cfg(feature = "aws")]
pub mod sdk;

pub mod observe;

pub mod diagnose;

pub mod previews;

pub use api::{ApiError, ErrorKind, Request, Response};
pub use calendar::{Stamp, Utc};
pub use classify::{Reason, classify, classify_reason};
pub use cloudformation::CloudFormation;
pub use ecr::Ecr;
pub use ecs::{Capacity, Ecs};
pub use load_balancing::{Listeners, LoadBalancing};
pub use look::{Drift, Look};
pub use secret::Secret;
pub use stack_status::{StackStatus, Standing};
pub use stacks::{LogGroups, Stacks};
pub use time::Time;
