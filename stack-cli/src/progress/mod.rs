//! Being seen through: what happens while stacks are deployed, live, and what came of it.
//!
//! What engines and observers say is folded into a [`State`]; each [`Change`] of it is told. The
//! state is drawn as a tree on a terminal ([`tree`]); changes become lines elsewhere ([`lines`]), or
//! records for programs ([`record`]). All of that is pure; [`Progress`] alone writes.

// In reading order: what is known, how it is said, who says it.
mod state;
mod words;

mod layout;
mod lines;
mod record;
mod tree;

mod summary;

mod github;
mod mode;
mod screen;

mod live;
mod lookout;

#[cfg(test)]
mod picture;
#[cfg(test)]
mod story;

pub(crate) use live::{Hide, Progress, Settings};
pub(crate) use lookout::{Lookout, observe};
pub(crate) use mode::Choice;
#[cfg(test)]
pub(crate) use record::Record;
pub(crate) use screen::restore;
