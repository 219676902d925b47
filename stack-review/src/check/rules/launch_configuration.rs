//! A launch configuration, which new accounts cannot make any more.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "launch-configuration",
    severity: Severity::Warning,
    page: include_str!("launch_configuration.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for configuration in stack.of("AWS::AutoScaling::LaunchConfiguration") {
        report.here(
            configuration.id(),
            "launch configurations know no new instance types, and new accounts cannot make any",
            "use an `AWS::EC2::LaunchTemplate`",
        );
    }
}
