//! Images: promoted from environment to environment by their tags, never copied or changed.
//!
//! One registry holds the images of all environments. To promote is to give the very manifest that
//! runs in one environment the tag of another one: all its architectures, byte by byte. Where the
//! image is in another registry already, by ECR's replication, the tag is put there; through us no
//! image travels, since half an image, or one whose signatures were left behind, would look whole.

mod expiring;
mod freeze;
mod lifecycle;
mod manifest;
mod moving;
mod plan;
mod promote;
mod tags;
mod wanted;

pub use freeze::{FreezeError, Freezes};
pub use lifecycle::{Fate, Lifecycle};
pub use manifest::{contains, revision};
pub use moving::{Moved, TagChange, move_tag};
pub(crate) use moving::{changes, move_tags};
pub use plan::{Promotion, PromotionPlan, plan_promotion};
pub use promote::{Promoted, promote};
pub use tags::{Release, commit_of};
