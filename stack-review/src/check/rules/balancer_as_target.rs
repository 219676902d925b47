//! A target group that holds a load balancer, and cannot.

use stack_core::Severity;

use crate::check::balancing::{BALANCER, Kind, LISTENER, TARGETS, kind_of};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "balancer-as-target",
    severity: Severity::Error,
    page: include_str!("balancer_as_target.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for targets in stack.of(TARGETS) {
        if targets.get("TargetType").text() != Some("alb") {
            continue;
        }
        let protocol = targets.get("Protocol");
        if let Some(it) = protocol.text().filter(|it| *it != "TCP") {
            let message = format!("a load balancer is sent TCP, not {it}");
            report.at(&protocol, message, "TCP");
        }
        let check = targets.get("HealthCheckProtocol");
        if let Some(it) = check.text().filter(|it| !matches!(*it, "HTTP" | "HTTPS")) {
            let message = format!("a load balancer is checked with HTTP, not {it}");
            report.at(&check, message, "HTTP or HTTPS");
        }
        for target in targets.get("Targets").items() {
            judge(targets, &target, report);
        }
    }
}

fn judge(targets: Resource<'_, '_>, target: &View<'_, '_>, report: &mut Report<'_>) {
    let id = target.get("Id");
    let Some(balancer) = id.target_of(BALANCER) else {
        return;
    };
    let given = id.value().handle().and_then(|it| it.attribute);
    if given.is_some_and(|it| !it.ends_with("Arn")) {
        let message = format!("here stands no ARN of `{}`", balancer.id());
        report.at(&id, message, format!("`!Ref {}`", balancer.id()));
        return;
    }
    if kind_of(balancer).is_some_and(|it| it != Kind::Application) {
        let message = format!("`{}` is no application load balancer", balancer.id());
        report.at(&id, message, "an application load balancer");
        return;
    }
    let port = match target.get("Port") {
        it if it.is_absent() => targets.get("Port"),
        it => it,
    };
    let Some(wanted) = port.int() else { return };
    let mut known = false;
    for listener in balancer.stack().of(LISTENER) {
        let of = listener.get("LoadBalancerArn");
        match of.target() {
            Some(it) if it.handle() != balancer.handle() => continue,
            Some(_) => known = true,
            None => return,
        }
        match listener.get("Port").int() {
            Some(it) if it != wanted => (),
            _ => return,
        }
    }
    if known && !balancer.stack().has_transform() {
        let message = format!("`{}` does not listen at port {wanted}", balancer.id());
        report.at(&port, message, "the port of one of its listeners");
    }
}
