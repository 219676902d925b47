//! Two routes of one table to one destination.

use stack_core::{Expr, Severity};

use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "duplicate-route",
    severity: Severity::Error,
    page: include_str!("duplicate_route.md"),
    run,
};

const DESTINATIONS: [&str; 3] = [
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
];

/// A route and where it stands: its table, and what it leads to.
struct Seen<'e, 'a> {
    table: &'a str,
    route: &'a str,
    destination: View<'e, 'a>,
}

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if all_differ(stack) {
        return;
    }
    let mut seen: Vec<Seen<'_, '_>> = Vec::new();
    for route in stack.of("AWS::EC2::Route") {
        let table = route.get("RouteTableId").target_of("AWS::EC2::RouteTable");
        let Some(table) = table.map(|it| it.id()) else {
            continue;
        };
        for destination in DESTINATIONS.map(|it| route.get(it)) {
            let Some(text) = destination.text() else {
                continue;
            };
            let mut others = seen.iter().rev();
            if let Some(other) =
                others.find(|it| it.table == table && it.destination.text() == Some(text))
            {
                let message = format!("`{}` leads to {text} in `{table}` already", other.route);
                report.at(
                    &destination,
                    message,
                    "a table has one route to a destination",
                );
            }
            seen.push(Seen {
                table,
                route: route.id(),
                destination,
            });
        }
    }
}

/// Whether no route is like another one, as far as is seen without evaluating anything.
fn all_differ(stack: Stack<'_, '_>) -> bool {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    stack.of("AWS::EC2::Route").all(|route| {
        let Some(fields) = route.properties() else {
            return false;
        };
        let table = fields.get("RouteTableId").and_then(Expr::refers_to);
        let mut set = DESTINATIONS.into_iter().filter_map(|it| fields.get(it));
        let (Some((table, _)), Some(destination), None) = (table, set.next(), set.next()) else {
            return false;
        };
        let Some(destination) = destination.as_str() else {
            return false;
        };
        let is_new = !seen.contains(&(table, destination));
        seen.push((table, destination));
        is_new
    })
}
