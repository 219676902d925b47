//! A deployment that waits for longer than an hour.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::rollout::{Outcome, duration, each_simulation};

pub(super) const RULE: Rule = Rule {
    code: "slow-rollout",
    severity: Severity::Warning,
    page: include_str!("slow_rollout.md"),
    run,
};

/// Seconds; longer than anybody watches a deployment.
const LONG: u64 = 3600;

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    each_simulation(stack, |service, simulation| {
        let (Outcome::Finishes { seconds, .. }, Some(deployment)) =
            (&simulation.outcome, &simulation.deployment)
        else {
            return;
        };
        // Who bakes wants to wait.
        if *seconds <= LONG || deployment.strategy.is_side_by_side() {
            return;
        }
        let times = deployment.times;
        let message = format!(
            "a deployment of `{}` takes up to {}: a new task is healthy after {}, an old one gone after {}",
            service.id(),
            duration(*seconds),
            duration(times.start + times.healthy),
            duration(times.drain + times.stop),
        );
        let repair = "more tasks at a time, by `MaximumPercent` or `MinimumHealthyPercent`; or shorter health checks and draining";
        report.with_witness(
            &service.get("DeploymentConfiguration"),
            simulation.timing.clone(),
            message,
            repair,
        );
    });
}
