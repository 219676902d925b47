//! Templates as they would be deployed: parameters filled in, conditions decided, references
//! followed, also from one stack to another.
//!
//! Judgements are made in a [`World`]: one way in which the parameters of a stack can be given. What
//! no world knows before a deployment stays [`Value::Unknown`], and two unknown values are the same
//! when they come from the same expression.

mod calls;
mod condition;
mod dependency;
mod entry;
mod estate;
mod evaluate;
mod functions;
mod index;
mod session;
mod snapshots;
mod value;
mod view;
mod world;

pub use calls::{Braced, Call, Calls, Mention, Owner, placeholders};
pub(crate) use entry::Entry;
pub use estate::{Estate, StackInput};
pub(crate) use session::{Session, Touched};
pub(crate) use snapshots::SNAPSHOTS;
pub use value::{Handle, Piece, Symbol, Value};
pub use view::{Resource, Stack, Transforms, View};
pub use world::World;
