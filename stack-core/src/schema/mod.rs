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

/// Whether some part of a text matches a regular expression as AWS writes them (look-ahead and
/// Unicode properties included). `None` when that was not found out: the pattern is not understood,
/// or the text costs too many steps. For the whole text, put the pattern between `^(?:` and `)$`.
///
/// ```
/// use stack_core::schema::matches;
/// assert_eq!(matches("^[a-z]{2,4}$", "abc"), Some(true));
/// assert_eq!(matches("^[a-z]{2,4}$", "ABC"), Some(false));
/// ```
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    pattern::Pattern::new(pattern).matches(text)
}
