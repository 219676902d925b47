//! Which conditions of a template can be true together, and what the template then is.
//!
//! A template with conditions is several templates in one: a review of it has to see each. What
//! the conditions compare is taken apart: parameters by the values they allow, or by those they are
//! compared with and one more. Every combination that some arguments bring about is found, and no
//! other, with arguments that bring it about.
//!
//! ```
//! use stack_core::{Template, conditions};
//!
//! let template = Template::parse(r#"{
//!     "Parameters": { "Stage": { "Type": "String", "AllowedValues": ["staging", "production"] } },
//!     "Conditions": {
//!         "IsProduction": { "Fn::Equals": [{ "Ref": "Stage" }, "production"] },
//!         "IsSmall": { "Fn::Not": [{ "Condition": "IsProduction" }] } },
//!     "Resources": {} }"#).unwrap();
//! let combinations = conditions::combinations(&template).unwrap();
//! // Of four combinations on paper, two can be.
//! assert_eq!(combinations.len(), 2);
//! assert_eq!(combinations[1].arguments["Stage"], "production");
//! assert!(combinations[1].conditions["IsProduction"] && !combinations[1].conditions["IsSmall"]);
//! ```

mod domain;
mod enumerate;
mod formula;
mod report;
mod resolve;

use std::collections::BTreeMap;

pub use enumerate::combinations;
pub use report::report;
pub use resolve::resolved;

/// Conditions that are true and false together in some deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// Whether each condition is true.
    pub conditions: BTreeMap<String, bool>,
    /// Arguments that bring it about, of the parameters that decide; pseudo parameters among them.
    pub arguments: BTreeMap<String, String>,
}
