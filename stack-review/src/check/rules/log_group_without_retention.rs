//! Logs that are kept, and paid for, for ever.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "log-group-without-retention",
    severity: Severity::Warning,
    page: include_str!("log_group_without_retention.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for group in stack.of("AWS::Logs::LogGroup") {
        let retention = group.get("RetentionInDays");
        // Groups of this class keep everything for two days.
        let delivery = group.get("LogGroupClass").text() == Some("DELIVERY");
        if retention.is_absent() && !delivery {
            let message = format!("`{}` keeps its events for ever", group.id());
            report.at(&retention, message, "days: 30, 90, 365, …");
        }
    }
}
