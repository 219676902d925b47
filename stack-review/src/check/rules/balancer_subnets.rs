//! A load balancer in subnets of the wrong kind.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::routing::{Routing, Way};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "balancer-subnets",
    severity: Severity::Error,
    page: include_str!("balancer_subnets.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut routing = None;
    for balancer in stack.of(balancing::BALANCER) {
        let Some(public) = balancing::is_public(balancer) else {
            continue;
        };
        if balancing::kind_of(balancer) == Some(Kind::Gateway) {
            continue;
        }
        let routing = routing.get_or_insert_with(|| Routing::of(stack));
        for subnet in balancing::subnets(balancer) {
            let Some(id) = subnet.target().map(|it| it.id()) else {
                continue;
            };
            match (public, routing.way(&subnet)) {
                (true, Way::Out | Way::None) => report.at(
                    &subnet,
                    format!(
                        "`{}` is for the internet, and `{id}` has no route to an internet gateway",
                        balancer.id()
                    ),
                    "use public subnets, or `Scheme: internal`",
                ),
                (false, Way::Internet) => {
                    let message = format!(
                        "`{}` is internal, and `{id}` is a public subnet",
                        balancer.id()
                    );
                    report.judged(
                        Severity::Warning,
                        subnet.place(),
                        message,
                        "use private subnets".to_owned(),
                    );
                }
                _ => (),
            }
        }
    }
}
