//! Every CloudFormation resource type, one module for each service behind the cargo feature of its
//! name. What stacks of containers are made of is on by default; `all` is everything.
//!
//! A type is a builder: a setter for each property, named as CloudFormation names it in Rust's
//! spelling. A resource can be added once its required properties are set; the compiler names the
//! one that is missing. What a setter's documentation says of an update of a deployed resource: *in
//! place* keeps it, *replacement* makes another one and deletes the old one.
//!
//! ```
//! use stack_core::aws::ec2;
//! use stack_core::prelude::*;
//!
//! let mut app = App::new();
//! let mut stack = app.stack("Network");
//! let vpc = stack.add("Vpc", ec2::Vpc::new().cidr_block(cidr!("10.0.0.0/16")));
//! stack.add(
//!     "SubnetA",
//!     ec2::Subnet::new().vpc_id(vpc).cidr_block(cidr!("10.0.0.0/20")).availability_zone("eu-west-1a"),
//! );
//! ```
//!
//! Enumerations have constants, and `other` for a value AWS added since. A property that has no
//! setter yet goes through `.raw("Name", value)`, a type that is missing through
//! [`Raw`](crate::Raw).

pub mod kinds;
pub mod policy;

#[macro_use]
mod face;
mod tag;

pub use face::{Given, IsSet, Set, Unset};
pub use tag::Tag;

include!("services.rs");
