//! A subnet with two route tables.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "subnet-association",
    severity: Severity::Error,
    page: include_str!("subnet_association.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut seen: Vec<(&str, View<'_, '_>)> = Vec::new();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for link in stack.of("AWS::EC2::SubnetRouteTableAssociation") {
        let subnet = link.get("SubnetId");
        let other = match subnet.target() {
            Some(it) => ids.insert(it.id(), link.id()),
            None => seen
                .iter()
                .find(|it| it.1.same(&subnet) == Some(true))
                .map(|it| it.0),
        };
        if let Some(other) = other {
            report.at(
                &subnet,
                format!("`{other}` gives the same subnet a route table"),
                "a subnet has one route table: put the routes into it",
            );
        }
        if subnet.target().is_none() && seen.len() < 64 {
            seen.push((link.id(), subnet));
        }
    }
}
