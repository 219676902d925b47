//! Environments of feature branches: brought up, taken down, listed, given a longer life, swept.
//!
//! A program says with [`App::previews`](stack_core::App::previews) how the environment of any branch
//! is made; here it is made for a branch that is named when it is needed.
//!
//! - [`up()`]: whatever the branch's stack is like, it is made or changed; the latest run wins. When
//!   only the image is another, the service is told first, and the stack after it.
//! - [`down()`]: only what carries the tags of the branch's environment goes.
//! - [`list()`], [`extend()`]: what there is, and for how long.
//! - [`sweep()`]: what nobody needs any more goes.
//! - [`notify`]: a channel of Slack hears of it.
//!
//! | status of the stack | `up` | `down` |
//! |---|---|---|
//! | none, `DELETE_COMPLETE`, `REVIEW_IN_PROGRESS` | creates | nothing is there |
//! | `CREATE_COMPLETE`, `UPDATE_COMPLETE`, `UPDATE_ROLLBACK_COMPLETE`, `IMPORT_…COMPLETE` | updates, or the image alone | deletes |
//! | `ROLLBACK_COMPLETE`, `CREATE_FAILED`, `ROLLBACK_FAILED` | deletes, creates | deletes |
//! | `DELETE_FAILED` | deletes again, creates | deletes again, with `force` leaves what is in the way |
//! | `UPDATE_FAILED` | rolls back, updates | deletes |
//! | `UPDATE_ROLLBACK_FAILED`, `IMPORT_ROLLBACK_FAILED` | says what to do | deletes |
//! | `DELETE_IN_PROGRESS` | waits, creates | waits |
//! | `UPDATE_IN_PROGRESS` | cancels an earlier run's, updates | cancels, deletes |
//! | `CREATE_IN_PROGRESS` | waits; deletes when that takes too long | waits, deletes |
//! | any other at work | waits | waits |
//! | not known | refuses | refuses |

mod tools;

mod system;

mod shape;

mod run_id;

mod priority;

mod admission;

mod predict;

mod fast;

mod plan;

mod down;

mod settle;

mod up;
mod up_end;
mod up_image;
mod up_room;

mod extend;

mod branches;

mod sweep;

mod slack;

mod evidence;

pub use admission::{Need, Room, Scarce, Shortage, shortages};
pub use branches::branches_of;
pub use down::{Down, DownEnd, DownOptions, down};
pub use evidence::evidence;
pub use extend::{ExtendEnd, Extended, extend, list};
pub use predict::Prediction;
pub use shape::{Given, Shape, is_image};
pub use slack::{Post, date, down_message, escape, notify, up_message};
pub use sweep::{Orphan, OrphanKind, Sweep, SweepOptions, Why, sweep};
pub use system::{Deployed, System};
pub use tools::{Around, Cloud, News, Tools};
pub use up::{Up, UpEnd, UpOptions, Way, WhenFull, up};
