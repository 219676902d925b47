//! Placement of tasks that Fargate places.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "fargate-placement",
    severity: Severity::Error,
    page: include_str!("fargate_placement.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        for name in ["PlacementStrategies", "PlacementConstraints"] {
            let placement = service.get(name);
            if !placement.items().is_empty() && launch_of(service) == Launch::Fargate {
                let message = format!("`{}` runs on Fargate, which has no `{name}`", service.id());
                report.at(
                    &placement,
                    message,
                    "leave it out: tasks spread over the zones of the subnets",
                );
            }
        }
    }
}
