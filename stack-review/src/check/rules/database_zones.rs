//! A group of subnets for a database in fewer than two zones.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "database-zones",
    severity: Severity::Error,
    page: include_str!("database_zones.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, name) in [
        ("AWS::RDS::DBSubnetGroup", "SubnetIds"),
        ("AWS::DocDB::DBSubnetGroup", "SubnetIds"),
        ("AWS::Neptune::DBSubnetGroup", "SubnetIds"),
    ] {
        for group in stack.of(kind) {
            let list = group.get(name);
            let subnets = list.items();
            let here: Vec<_> = subnets
                .iter()
                .filter_map(|it| it.target_of("AWS::EC2::Subnet"))
                .collect();
            if !list.has_known_items() || here.is_empty() || here.len() != subnets.len() {
                continue;
            }
            let zones: Vec<_> = here.iter().map(|it| it.get("AvailabilityZone")).collect();
            let first = &zones[0];
            let one = here.len() == 1
                || first.is_set() && zones.iter().all(|it| it.same(first) == Some(true));
            if one {
                report.at(
                    &list,
                    format!(
                        "all subnets of `{}` are in one zone; a database needs two",
                        group.id()
                    ),
                    "add a subnet in another zone",
                );
            }
        }
    }
}
