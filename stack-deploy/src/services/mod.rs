//! Services in their environments: which there are, what runs of them, rolling them out and back.
//!
//! A stack says by its tag `environment` where it belongs. Its ECS services are then those of that
//! environment, and a service of the same name in another one is the same service:
//! [`Declaration`] says so, from the program alone. What runs is asked of AWS: [`look`].
//!
//! Everything here waits by a [`Clock`] that is handed in, and prints nothing.

mod clouds;
mod declaration;
mod image;
mod look;
mod side_by_side;
mod stopped;

pub(crate) use clouds::{read, right_account};
pub(crate) use look::in_progress;
pub(crate) use side_by_side::side_by_side;

mod rollback;
mod rollout;
mod wait;

pub use clouds::{Clock, Clouds};
pub use declaration::{Declaration, DeclaredService};
pub use image::{ImageName, Place};
pub use look::{Running, Seen, look};

pub use rollback::{Choice, RollbackPlan, choices, plan_rollback, roll_back, target};
pub use rollout::{
    Rollout, RolloutEnd, RolloutPlan, RolloutResult, Wanted, Way, plan_rollout, plan_rollouts,
    roll_out, roll_out_all,
};
pub use stopped::Stopped;
pub use wait::Waiting;
