//! A network load balancer that leaves targets in other zones alone.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "zone-crossing",
    severity: Severity::Note,
    page: include_str!("zone_crossing.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(balancing::BALANCER) {
        let attributes = balancer.get("LoadBalancerAttributes");
        if balancing::kind_of(balancer) != Some(Kind::Network) || !attributes.has_known_items() {
            continue;
        }
        let crossing = balancing::attribute(&attributes, "load_balancing.cross_zone.enabled");
        let off = crossing.as_ref().is_none_or(|it| it.bool() == Some(false));
        if off && balancing::subnets(balancer).len() > 1 {
            report.at(&crossing.unwrap_or(attributes), format!("`{}` sends to targets in the zone of the request only", balancer.id()), "set `load_balancing.cross_zone.enabled: true`, or have enough targets in every zone");
        }
    }
}
