//! Two listeners of one load balancer at the same port.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::balancing;
use crate::model::{Resource, View};

pub(super) const RULE: Rule = Rule {
    code: "listener-port",
    severity: Severity::Error,
    page: include_str!("listener_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<i64, Vec<(Resource<'_, '_>, View<'_, '_>)>> = BTreeMap::new();
    for listener in stack.of(balancing::LISTENER) {
        let port = listener.get("Port");
        let Some(number) = port.int() else { continue };
        let balancer = listener.get("LoadBalancerArn");
        let others = taken.entry(number).or_default();
        let same = others
            .iter()
            .find(|it| it.1.same(&balancer) == Some(true) && clash(it.0, listener));
        if let Some((other, _)) = same {
            let message = format!(
                "`{}` listens at port {number} of the same load balancer",
                other.id()
            );
            report.at(&port, message, "give one of them another port");
        }
        others.push((listener, balancer));
    }
}

/// TCP and UDP have ports of their own.
fn clash(one: Resource<'_, '_>, other: Resource<'_, '_>) -> bool {
    let udp = |it: Resource<'_, '_>| {
        it.get("Protocol")
            .text()
            .map(|it| matches!(it, "UDP" | "QUIC"))
    };
    matches!((udp(one), udp(other)), (Some(a), Some(b)) if a == b)
}
