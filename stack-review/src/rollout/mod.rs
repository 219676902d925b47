//! Rolling deployments: whether an ECS service gets from one revision to the next, in which steps,
//! and what it gets stuck on.
//!
//! - [`Deployment`]: all numbers it turns on; [`Deployment::simulate`] needs nothing else.
//! - [`simulate`]: the same for a service of a template, as far as its numbers are known.
//! - [`simulate_change`]: the same from one version of a template to another.
//! - [`Outcome`]: the schedule, or the deadlock and the smallest repairs.
//! - [`timeline`]: the schedule as people read it.
//!
//! What the scheduler does, as ECS documents it: old tasks are stopped only while healthy tasks
//! stay at or above the floor, new ones started only while fewer than the ceiling run or start. Room
//! is used first: as long as new tasks can be started none is stopped for them. What a task takes
//! stays taken until it has stopped.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>

mod deployment;
mod instance_types;
mod outcome;
mod read;
mod render;
mod repair;
mod rolling;
mod room;
mod search;
mod standing;

pub use deployment::{
    Deployment, Fleet, HostPort, Instance, Loss, Needs, Preference, Protocol, Scaling, Strategy,
    Times, circuit_breaker_threshold,
};
pub use instance_types::{InstanceType, instance_type, registerable_memory};
pub use outcome::{Action, Blocker, Outcome, Repair, Step, Why};
pub use read::{Simulation, simulate, simulate_change};
pub use render::timeline;

pub(crate) use read::{each_simulation, restart_loops};
pub(crate) use render::duration;

use rolling::Run;

/// More tasks times instances than this are not simulated.
const WORK: u64 = 1_000_000;

impl Deployment {
    /// What comes of it. Never [`Outcome::Unknown`], unless it is too large to be simulated.
    pub fn simulate(&self) -> Outcome {
        let scaled = self.fleet.scaling.as_ref().map_or(0, |it| it.maximum);
        let instances = self.fleet.instances.len().max(scaled) as u64;
        if u64::from(self.wanted()) * instances > WORK || self.wanted() > 5000 {
            let reason = format!(
                "{} tasks on {instances} instances are too many to simulate",
                self.wanted()
            );
            return Outcome::Unknown { reason };
        }
        match rolling::run(self) {
            Run::Finished(schedule) => Outcome::Finishes {
                seconds: schedule.last().map_or(0, |it| it.at),
                lowest_healthy: schedule
                    .iter()
                    .map(|it| it.healthy)
                    .min()
                    .unwrap_or(self.wanted()),
                highest_running: schedule
                    .iter()
                    .map(|it| it.running)
                    .max()
                    .unwrap_or(self.wanted()),
                schedule,
            },
            Run::Stuck(schedule, why) => Outcome::Deadlocks {
                at_step: schedule.len(),
                schedule,
                why,
                repairs: repair::repairs(self),
                another_choice: search::another_choice(self),
            },
        }
    }
}
