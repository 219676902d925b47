//! A load balancer that judges tasks before they can have started.

use stack_core::Severity;

use crate::check::containers::{SERVICE, all_containers, target_groups, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "grace-period-budget",
    severity: Severity::Warning,
    page: include_str!("grace_period_budget.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let grace = service.get("HealthCheckGracePeriodSeconds");
        let forgiven = match grace.int() {
            Some(it) => it,
            None if grace.is_absent() => 0,
            None => continue,
        };
        let Some(containers) = task_of(service).and_then(all_containers) else {
            continue;
        };
        let starts = containers.iter().filter_map(|it| it.get("HealthCheck").get("StartPeriod").int());
        let Some(start) = starts.max().filter(|it| *it > 0) else {
            continue;
        };
        for (_, group) in target_groups(service) {
            let number = |name: &str, default: i64| {
                let view = group.get(name);
                if view.is_absent() { Some(default) } else { view.int() }
            };
            let (Some(interval), Some(threshold)) =
                (number("HealthCheckIntervalSeconds", 30), number("HealthyThresholdCount", 5))
            else {
                continue;
            };
            let Some(budget) = interval.checked_mul(threshold).and_then(|it| it.checked_add(start)) else {
                continue;
            };
            if forgiven < budget {
                let message = format!(
                    "{forgiven} s after its start a task is stopped when a check of `{}` fails, and it \
                     may need {budget} s",
                    group.id()
                );
                let witness = format!(
                    "it takes {start} s to start, and {threshold} checks every {interval} s to be healthy"
                );
                report.with_witness(&grace, vec![witness], message, format!("{budget} or more"));
                break;
            }
        }
    }
}
