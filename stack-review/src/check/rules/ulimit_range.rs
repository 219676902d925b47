//! A soft limit above the hard one.

use stack_core::Severity;

use crate::check::containers::each_container;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ulimit-range",
    severity: Severity::Error,
    page: include_str!("ulimit_range.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        for limit in container.get("Ulimits").items() {
            let soft = limit.get("SoftLimit");
            let (Some(low), Some(high)) = (soft.int(), limit.get("HardLimit").int()) else {
                continue;
            };
            // -1 is no limit at all.
            if high != -1 && (low > high || low == -1) {
                let name = limit.get("Name");
                let name = name.text().unwrap_or("a limit");
                let message = format!("`{name}` is {low}, above its hard limit {high}");
                report.at(&soft, message, format!("{high} or less"));
            }
        }
    }
}
