//! AWS itself, through its SDK: [`Client`] makes the calls of [`CloudFormation`], [`Ecs`], [`Ecr`]
//! and [`LoadBalancing`].
//!
//! ```no_run
//! use stack_deploy::sdk::{Clients, Connection};
//!
//! let clients = Clients::new(Connection {
//!     profile: Some("shop".to_owned()),
//!     assume_role: Some("Deployer".to_owned()),
//!     ..Connection::default()
//! });
//! let region = clients.region()?;
//! let aws = clients.client(None, &region);
//! # Ok::<(), stack_deploy::ApiError>(())
//! ```
//!
//! Nothing is read, connected or started before the first call: a program that makes none pays
//! nothing. What is retried, and by whom, stands in `RETRIES.md`.
//!
//! [`CloudFormation`]: crate::CloudFormation
//! [`Ecr`]: crate::Ecr
//! [`Ecs`]: crate::Ecs
//! [`LoadBalancing`]: crate::LoadBalancing

mod acknowledged;
mod connection;
mod error;
mod profiles;
mod runtime;
mod server_time;
mod settings;

mod client;
mod clients;

mod answers;
mod bucket;
mod cloudformation;
mod drift;
mod ecr;
mod ecs;
mod ecs_answers;
mod load_balancing;
mod post;
mod previews;
mod register;

pub use bucket::Bucket;
pub use client::Client;
pub use clients::Clients;
pub use connection::{Connection, Keys};
