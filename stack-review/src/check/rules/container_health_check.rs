//! A health check whose times ECS does not take.

use stack_core::Severity;

use crate::check::containers::each_container;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "container-health-check",
    severity: Severity::Error,
    page: include_str!("container_health_check.md"),
    run,
};

/// Property, least, most.
const RANGES: [(&str, i64, i64); 4] = [
    ("Interval", 5, 300),
    ("Timeout", 2, 60),
    ("Retries", 1, 10),
    ("StartPeriod", 0, 300),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let check = container.get("HealthCheck");
        for (name, least, most) in RANGES {
            let view = check.get(name);
            if let Some(number) = view.int().filter(|it| !(least..=most).contains(it)) {
                let message = format!("`{name}` of a container's health check cannot be {number}");
                report.at(&view, message, format!("{least} to {most}"));
            }
        }
    }
}
