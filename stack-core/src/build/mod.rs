//! Building: an [`App`] of stacks, written through a [`Scope`].
//!
//! Building never fails halfway: what is wrong is remembered with the user's line and reported by
//! [`App::synth`](crate::App::synth), all at once.

mod accepted;
mod app;
mod decision;
mod deployment;
mod edit;
mod for_each;
mod output;
mod parameter;
mod policy;
mod previews;
mod raw;
mod rule;
mod scope;
mod section;

pub use accepted::{Accepted, Day};
pub use app::{App, Environment};
pub use decision::Decision;
pub use deployment::Deployment;
pub use edit::Edit;
pub use for_each::{OneResource, loop_variable};
pub use output::Output;
pub use parameter::{Parameter, ParameterOf};
pub use policy::{
    CreationPolicy, DeletionPolicy, RollingUpdate, UpdatePolicy, UpdateReplacePolicy,
};
pub use previews::{Life, Preview, Previews};
pub use raw::{Property, Raw};
pub use rule::Rule;
pub use scope::{Build, Scope};
pub use section::{Condition, Mapping, NamedCondition};

pub(crate) use app::{ResourceEntry, SectionEntry, StackData};
pub(crate) use decision::Decisions;
pub(crate) use previews::Declared;
