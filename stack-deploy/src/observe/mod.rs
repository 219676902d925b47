//! Seen through: what ECS and the load balancers say while a stack is at work, and whether what
//! CloudFormation calls done is done.
//!
//! CloudFormation says nothing between the beginning of a service's deployment and its end, which
//! can be hours apart. An [`Observer`] looks meanwhile, at a bounded pace. It is decoration: what
//! it cannot see changes no outcome.

mod dossier;
mod observer;
mod place;
mod verify;

pub use dossier::{Dossier, Targets};
pub use observer::{Looks, Observation, Observer, Sight};
pub use place::ServicePlace;
pub use verify::{Doubt, Expected, expected, verify, verify_until};
