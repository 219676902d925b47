//! Two routes of one table to one destination.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "duplicate-route",
    severity: Severity::Error,
    page: include_str!("duplicate_route.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut seen: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for route in stack.of("AWS::EC2::Route") {
        let table = route.get("RouteTableId").target_of("AWS::EC2::RouteTable");
        let Some(table) = table else { continue };
        let destinations = [
            "DestinationCidrBlock",
            "DestinationIpv6CidrBlock",
            "DestinationPrefixListId",
        ];
        for name in destinations {
            let destination: View<'_, '_> = route.get(name);
            let Some(text) = destination.text() else {
                continue;
            };
            if let Some(other) = seen.insert((table.id(), text.to_owned()), route.id()) {
                let message = format!("`{other}` leads to {text} in `{}` already", table.id());
                report.at(
                    &destination,
                    message,
                    "a table has one route to a destination",
                );
            }
        }
    }
}
