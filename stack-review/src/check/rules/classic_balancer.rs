//! A load balancer that is named where only classic ones are.

use stack_core::Severity;

use crate::check::balancing::BALANCER;
use crate::check::containers::SERVICE;
use crate::check::instances::GROUP;
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "classic-balancer",
    severity: Severity::Error,
    page: include_str!("classic_balancer.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        for balancer in service.get("LoadBalancers").items() {
            judge(
                &balancer.get("LoadBalancerName"),
                "`TargetGroupArn`",
                report,
            );
        }
    }
    for group in stack.of(GROUP) {
        let names = group.get("LoadBalancerNames");
        for name in names.items() {
            judge(&name, "`TargetGroupARNs`", report);
        }
        let kind = group.get("HealthCheckType");
        let others = ["TargetGroupARNs", "TrafficSources"].map(|it| group.get(it));
        let alone = |it: &View<'_, '_>| it.has_known_items() && it.items().is_empty();
        if kind.text() == Some("ELB") && alone(&names) && others.iter().all(alone) {
            let message = format!("no load balancer checks instances of `{}`", group.id());
            report.judged(
                Severity::Warning,
                kind.place(),
                message,
                "name its target group in `TargetGroupARNs`, or `HealthCheckType: EC2`".to_owned(),
            );
        }
    }
}

fn judge(name: &View<'_, '_>, other: &str, report: &mut Report<'_>) {
    if let Some(it) = name.target_of(BALANCER) {
        let message = format!("`{}` is no classic load balancer", it.id());
        report.at(
            name,
            message,
            format!("name a target group of it in {other}"),
        );
    }
}
