//! A daemon with settings that only replicas have.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of};
use crate::check::scaling::scaled_services;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "daemon-service",
    severity: Severity::Error,
    page: include_str!("daemon_service.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (target, service) in scaled_services(stack) {
        if service.get("SchedulingStrategy").text() == Some("DAEMON") {
            let message = format!(
                "`{}` runs once on each instance: it does not scale by itself",
                service.id()
            );
            report.at(&target.get("ResourceId"), message, "scale the instances");
        }
    }
    for service in stack.of(SERVICE) {
        let strategy = service.get("SchedulingStrategy");
        if strategy.text() != Some("DAEMON") {
            continue;
        }
        if launch_of(service) == Launch::Fargate {
            report.at(
                &strategy,
                "Fargate runs no daemons: there are no instances to run one on",
                "REPLICA",
            );
        }
        let desired = service.get("DesiredCount");
        if desired.is_set() {
            let message = format!(
                "`{}` runs once on each instance: it has no desired count",
                service.id()
            );
            report.at(&desired, message, "leave it out");
        }
        let placement = service.get("PlacementStrategies");
        if !placement.items().is_empty() {
            let message = format!(
                "`{}` runs on every instance: there is nothing to place",
                service.id()
            );
            report.at(&placement, message, "leave it out");
        }
        let most = service.get("DeploymentConfiguration.MaximumPercent");
        if let Some(number) = most.int().filter(|it| *it > 100) {
            let message = format!(
                "a daemon is stopped before it is started anew: it has no {number} % at \
                once"
            );
            report.at(
                &most,
                message,
                "100, and a `MinimumHealthyPercent` below it",
            );
        }
        let least = service.get("DeploymentConfiguration.MinimumHealthyPercent");
        if let Some(number) = least.int().filter(|it| *it >= 100) {
            let message =
                format!("a daemon is stopped before it is started anew: {number} % cannot stay");
            report.at(
                &least,
                message,
                "below 100: it says how many instances at once",
            );
        }
        let controller = service.get("DeploymentController.Type");
        if let Some(kind @ ("CODE_DEPLOY" | "EXTERNAL")) = controller.text() {
            report.at(&controller, format!("`{kind}` deploys no daemons"), "ECS");
        }
    }
}
