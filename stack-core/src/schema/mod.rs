//! The schema facts at run time, for every CloudFormation type, whatever features are on: what its
//! properties may hold, what a change of them does, what attributes it has.
//!
//! ```
//! use stack_core::schema::{self, Update};
//! let service = schema::find("AWS::ECS::Service").unwrap();
//! assert_eq!(service.update_behavior("DesiredCount"), Update::InPlace);
//! assert_eq!(service.update_behavior("ServiceName"), Update::Replacement);
//! assert!(service.has_attribute("ServiceArn"));
//! ```

mod model;
mod pattern;
mod property;
mod resource_type;
mod rule;
mod table;
mod validate;

pub(crate) use pattern::matches_wholly;
pub use property::{Holds, PropertyFacts};
pub use resource_type::{ResourceType, TagForm, Tagging, Update, find, resource_types};
pub use validate::{Finding, validate};
