//! A placement that ECS refuses or that never finds an instance.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::words::{quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "placement",
    severity: Severity::Error,
    page: include_str!("placement.md"),
    run,
};

/// What instances say of themselves.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html>
const ATTRIBUTES: [&str; 11] = [
    "ecs.ami-id",
    "ecs.availability-zone",
    "ecs.cpu-architecture",
    "ecs.instance-type",
    "ecs.os-family",
    "ecs.os-type",
    "ecs.outpost-arn",
    "ecs.subnet-id",
    "ecs.vpc-id",
    "ecs.awsvpc-trunk-id",
    "ecs.capability.external",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        for strategy in service.get("PlacementStrategies").items() {
            let field = strategy.get("Field");
            let Some(text) = field.text() else { continue };
            match strategy.get("Type").text() {
                Some("spread") => spread(&field, text, report),
                Some("binpack")
                    if !matches!(text.to_ascii_lowercase().as_str(), "cpu" | "memory") =>
                {
                    let message = format!("tasks are not packed by {}", quoted(text));
                    report.at(&field, message, "`cpu` or `memory`");
                }
                _ => (),
            }
        }
        for constraint in service.get("PlacementConstraints").items() {
            let expression = constraint.get("Expression");
            match constraint.get("Type").text() {
                Some("memberOf") if expression.is_absent() => {
                    report.at(&expression, "`memberOf` needs an expression", "");
                }
                Some("memberOf") if expression.text().is_some_and(|it| it.contains(" = ")) => {
                    report.at(&expression, "the language compares with `==`", "write `==`");
                }
                Some("distinctInstance") if expression.is_set() && expression.is_known() => {
                    report.at(
                        &expression,
                        "`distinctInstance` has no expression",
                        "leave it out",
                    );
                }
                _ => (),
            }
        }
        weights(service, report);
        percents(service, report);
    }
}

fn spread(field: &View<'_, '_>, text: &str, report: &mut Report<'_>) {
    match text.strip_prefix("attribute:") {
        // Instances may say more by now.
        Some(name) if name.starts_with("ecs.") && !ATTRIBUTES.contains(&name) => {
            if let Some(near) = slip(name, ATTRIBUTES) {
                let message = format!("no instance has an attribute {}", quoted(name));
                report.at(field, message, format!("did you mean `{near}`?"));
            }
        }
        None if !text.eq_ignore_ascii_case("instanceId") && !text.eq_ignore_ascii_case("host") => {
            let message = format!("tasks are not spread over {}", quoted(text));
            report.at(field, message, "`instanceId`, or `attribute:` and its name");
        }
        _ => (),
    }
}

/// No capacity provider gets any task.
fn weights(service: Resource<'_, '_>, report: &mut Report<'_>) {
    let list = service.get("CapacityProviderStrategy");
    let items = list.items();
    let none = items.iter().all(|it| {
        let (weight, base) = (it.get("Weight"), it.get("Base"));
        weight.int() == Some(0) && (base.is_absent() || base.int() == Some(0))
    });
    if !items.is_empty() && list.has_known_items() && none {
        let message = format!("no capacity provider gets any task of `{}`", service.id());
        report.at(&items[0].get("Weight"), message, "a weight above 0");
    }
}

fn percents(service: Resource<'_, '_>, report: &mut Report<'_>) {
    let configuration = service.get("DeploymentConfiguration");
    let (least, most) = (
        configuration.get("MinimumHealthyPercent"),
        configuration.get("MaximumPercent"),
    );
    let daemon = service.get("SchedulingStrategy").text() == Some("DAEMON");
    let top = match most.is_absent() && !daemon {
        true => Some(200),
        false => most.int(),
    };
    if let (Some(a), Some(b)) = (least.int(), top)
        && a > b
    {
        let message = format!("{a} % shall always run, and {b} % are the most that may");
        report.at(&least, message, "at most 100");
    }
}
