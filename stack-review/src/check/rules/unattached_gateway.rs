//! A route to an internet gateway that no network has, or does not have yet.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Resource;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "unattached-gateway",
    severity: Severity::Error,
    page: include_str!("unattached_gateway.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for route in stack.of("AWS::EC2::Route") {
        let gateway = route.get("GatewayId");
        let Some(target) = gateway.target_of("AWS::EC2::InternetGateway") else {
            continue;
        };
        let attached: Vec<&str> = stack
            .of("AWS::EC2::VPCGatewayAttachment")
            .filter(|it| it.get("InternetGatewayId").same(&gateway) != Some(false))
            .map(|it| it.id())
            .collect();
        if attached.is_empty() {
            report.at(
                &gateway,
                format!("`{}` is attached to no network", target.id()),
                "add an `AWS::EC2::VPCGatewayAttachment`",
            );
        } else if !attached.iter().any(|it| waits(route, it)) {
            let message = format!(
                "the route can be made before `{}` is attached, and then fails",
                target.id()
            );
            report.judged(
                Severity::Warning,
                gateway.place(),
                message,
                format!("add `DependsOn: {}`", attached[0]),
            );
        }
    }
}

/// Whether a resource is made after another one because it says so, or because what it refers to
/// does.
fn waits(resource: Resource<'_, '_>, other: &str) -> bool {
    if resource.depends_on().contains(&other) {
        return true;
    }
    let stack = resource.stack();
    let refers = |it: &str| {
        let before = stack.resource(it);
        before.is_some_and(|it| it.id() == other || it.depends_on().contains(&other))
    };
    let table = resource.get("RouteTableId").target();
    table.is_some_and(|it| refers(it.id())) || resource.depends_on().into_iter().any(refers)
}
