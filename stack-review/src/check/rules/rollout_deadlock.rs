//! A service that cannot get from one revision to the next.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::rollout::{Blocker, Outcome, each_simulation};

pub(super) const RULE: Rule = Rule {
    code: "rollout-deadlock",
    severity: Severity::Error,
    page: include_str!("rollout_deadlock.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    each_simulation(stack, |service, simulation| {
        let Outcome::Deadlocks {
            at_step,
            why,
            repairs,
            another_choice,
            ..
        } = &simulation.outcome
        else {
            return;
        };
        // Luck may help: nothing that surely fails.
        if *another_choice == Some(true) {
            return;
        }
        let id = service.id();
        let message = match (why.standing, at_step) {
            (Some(_), _) => format!("`{id}` cannot run its tasks: {why}"),
            (None, 0) => format!("the next deployment of `{id}` cannot begin: {why}"),
            (None, steps) => {
                format!("the next deployment of `{id}` gets stuck after {steps} steps: {why}")
            }
        };
        let repairs: Vec<String> = repairs.iter().map(ToString::to_string).collect();
        let repair = match repairs.as_slice() {
            [] | [_] => repairs.concat(),
            several => format!("any of: {}", several.join("; ")),
        };
        // What instances register matters where an amount is short.
        let amounts = |it: &Blocker| {
            !matches!(
                it,
                Blocker::Constraint | Blocker::Ports(_) | Blocker::Distinct
            )
        };
        let witness = match why.blocked.iter().any(|it| amounts(&it.0)) {
            true => simulation.assumptions.clone(),
            false => Vec::new(),
        };
        let place = service.get("DeploymentConfiguration");
        report.with_witness(&place, witness, message, repair);
    });
}
