//! Zone rebalancing where ECS cannot rebalance.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "zone-rebalancing",
    severity: Severity::Error,
    page: include_str!("zone_rebalancing.md"),
    run,
};

const ZONE: &str = "attribute:ecs.availability-zone";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let rebalancing = service.get("AvailabilityZoneRebalancing");
        if rebalancing.text() != Some("ENABLED") {
            continue;
        }
        let most = service.get("DeploymentConfiguration.MaximumPercent");
        let strategies = service.get("PlacementStrategies").items();
        let first = strategies.first();
        let field = first.map(|it| it.get("Field"));
        let spread_elsewhere = first
            .is_some_and(|it| it.get("Type").text().is_some_and(|it| it != "spread"))
            || field.is_some_and(|it| it.text().is_some_and(|it| it != ZONE));
        let constraints = service.get("PlacementConstraints").items();
        let by_zone = constraints.iter().any(|it| {
            it.get("Expression")
                .prefix()
                .contains("ecs.availability-zone")
        });
        let balancers = service.get("LoadBalancers").items();
        let why = if most.int().is_some_and(|it| it <= 100) {
            "it starts a task before it stops one, and `MaximumPercent` forbids that"
        } else if service.get("SchedulingStrategy").text() == Some("DAEMON") {
            "a daemon is on every instance"
        } else if launch_of(service) == Launch::External {
            "instances elsewhere have no zones"
        } else if balancers
            .iter()
            .any(|it| it.get("LoadBalancerName").is_set())
        {
            "a Classic Load Balancer does not go with it"
        } else if spread_elsewhere {
            "the first placement strategy is another than to spread over zones"
        } else if by_zone {
            "a placement constraint decides on the zone"
        } else {
            continue;
        };
        report.at(
            &rebalancing,
            format!("zones cannot be rebalanced: {why}"),
            "DISABLED, or change that",
        );
    }
}
