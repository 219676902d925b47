//! A NAT gateway that cannot reach the internet, or that nothing uses.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

use crate::check::routing::{Routing, Way};
use crate::model::Value;

pub(super) const RULE: Rule = Rule {
    code: "nat-gateway",
    severity: Severity::Error,
    page: include_str!("nat_gateway.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut gateways = stack.of("AWS::EC2::NatGateway").peekable();
    if gateways.peek().is_none() {
        return;
    }
    let routing = Routing::of(stack);
    let mut addresses: Vec<(&str, &str)> = Vec::new();
    for gateway in gateways {
        let public = match gateway.get("ConnectivityType").value() {
            Value::Absent => true,
            Value::Text(it) => it == "public",
            _ => continue,
        };
        let subnet = gateway.get("SubnetId");
        if public
            && let Some(id) = subnet.target().map(|it| it.id())
            && matches!(routing.way(&subnet), Way::None | Way::Out)
        {
            report.at(
                &subnet,
                format!(
                    "`{id}` has no route to an internet gateway, so `{}` leads nowhere",
                    gateway.id()
                ),
                "put it into a public subnet",
            );
        }
        let address = gateway.get("AllocationId");
        if let Some(it) = address.target() {
            if let Some((_, other)) = addresses.iter().find(|(id, _)| *id == it.id()) {
                let message = format!("`{other}` has the address `{}` already", it.id());
                report.at(&address, message, "give each gateway its own");
            }
            addresses.push((it.id(), gateway.id()));
        }
        if public && address.is_absent() && gateway.get("AvailabilityMode").is_absent() {
            report.at(&address, format!("`{}` needs an elastic IP address", gateway.id()), "set `AllocationId: !GetAtt <address>.AllocationId`, or `ConnectivityType: private`");
        }
        let all = &stack.calls().mentions;
        let elsewhere = || {
            all.iter().filter(|it| it.id == gateway.id()).any(|it| {
                stack
                    .calls()
                    .all
                    .get(it.call)
                    .is_some_and(|it| it.owner.section == "Outputs")
            })
        };
        if !routing.nats.contains(gateway.id()) && !elsewhere() {
            let message = format!(
                "no route leads through `{}`, which costs by the hour",
                gateway.id()
            );
            report.judged(
                Severity::Warning,
                gateway.id().to_owned(),
                message,
                "add a default route to the private route tables".to_owned(),
            );
        }
    }
}
