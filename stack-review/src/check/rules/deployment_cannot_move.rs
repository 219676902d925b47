//! Percentages that let no task be stopped and none be started.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::scaling::scaled_services;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "deployment-cannot-move",
    severity: Severity::Error,
    page: include_str!("deployment_cannot_move.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut scaled = None;
    for service in stack.of(SERVICE) {
        let configuration = service.get("DeploymentConfiguration");
        let strategy = configuration.get("Strategy");
        let controller = service.get("DeploymentController.Type");
        let rolling = strategy.is_absent() || strategy.text() == Some("ROLLING");
        if !rolling || (controller.is_set() && controller.text() != Some("ECS")) {
            continue;
        }
        let (minimum, maximum) = (configuration.get("MinimumHealthyPercent"), configuration.get("MaximumPercent"));
        let daemon = service.get("SchedulingStrategy").text() == Some("DAEMON");
        let or = |view: &crate::model::View<'_, '_>, default: i64| {
            if view.is_absent() { Some(default) } else { view.int() }
        };
        let (Some(min), Some(max)) = (or(&minimum, if daemon { 0 } else { 100 }), or(&maximum, if daemon { 100 } else { 200 })) else {
            continue;
        };
        let place = if maximum.is_set() { &maximum } else { &minimum };
        if min >= 100 && max <= 100 {
            let message = format!("with {min} % healthy and {max} % at most, no task may stop and none may start");
            let repair = if daemon { "a `MinimumHealthyPercent` below 100" } else { "a `MaximumPercent` of 200" };
            report.at(place, message, repair);
            continue;
        }
        let desired = service.get("DesiredCount");
        // What nobody says is what somebody has set at last.
        let count = desired.int();
        let Some(count) = count.filter(|it| (1..=100_000).contains(it) && !daemon) else {
            continue;
        };
        let scaled = scaled.get_or_insert_with(|| scaled_services(stack));
        if !(0..=100_000).contains(&min) || !(0..=100_000).contains(&max) || scaled.iter().any(|it| it.1.handle() == service.handle()) {
            continue;
        }
        let floor = (count * min + 99) / 100;
        let ceiling = count * max / 100;
        if floor >= count && ceiling <= count {
            let message = format!("of {count} tasks {floor} must stay and {ceiling} may run: none may stop and none may start");
            report.at(place, message, "a `MaximumPercent` of 200");
        }
    }
}
