//! A load balancer in fewer than two zones, or twice in one.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "balancer-zones",
    severity: Severity::Error,
    page: include_str!("balancer_zones.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(balancing::BALANCER) {
        let list = ["Subnets", "SubnetMappings"].map(|it| balancer.get(it));
        let Some(list) = list.into_iter().find(View::is_set) else {
            continue;
        };
        if !list.has_known_items() {
            continue;
        }
        let subnets = balancing::subnets(balancer);
        let application = balancing::kind_of(balancer) == Some(Kind::Application);
        if let ([_], true) = (subnets.as_slice(), application) {
            // One value can be a list that is only known at deployment.
            if subnets[0].target_of("AWS::EC2::Subnet").is_some() {
                report.at(
                    &list,
                    "an application load balancer needs subnets in at least two zones",
                    "add a subnet in another zone",
                );
            }
        }
        let mut zones: Vec<(&str, View<'_, '_>)> = Vec::new();
        for view in &subnets {
            let Some(subnet) = view.target_of("AWS::EC2::Subnet") else {
                continue;
            };
            let zone = ["AvailabilityZone", "AvailabilityZoneId"].map(|it| subnet.get(it));
            let Some(zone) = zone.into_iter().find(View::is_set) else {
                continue;
            };
            let same = zones.iter().find(|it| it.1.same(&zone) == Some(true));
            if let Some((other, _)) = same {
                let id = subnet.id();
                let message = match *other == id {
                    true => format!("`{id}` is listed twice"),
                    false => format!(
                        "`{id}` is in the same zone as `{other}`; a load balancer takes one subnet a zone"
                    ),
                };
                report.at(view, message, "put the subnets into different zones");
            }
            zones.push((subnet.id(), zone));
        }
    }
}
