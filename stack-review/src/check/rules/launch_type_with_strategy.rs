//! A launch type beside a capacity provider strategy.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "launch-type-with-strategy",
    severity: Severity::Error,
    page: include_str!("launch_type_with_strategy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let launch = service.get("LaunchType");
        let strategy = service.get("CapacityProviderStrategy");
        if launch.is_set() && !strategy.items().is_empty() {
            let message = format!(
                "`{}` has a launch type and a capacity provider strategy",
                service.id()
            );
            report.at(
                &launch,
                message,
                "leave one out: the strategy alone is enough",
            );
        }
    }
}
