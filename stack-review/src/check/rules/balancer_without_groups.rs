//! A network load balancer made without security groups.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "balancer-without-groups",
    severity: Severity::Note,
    page: include_str!("balancer_without_groups.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(balancing::BALANCER) {
        let groups = balancer.get("SecurityGroups");
        if balancing::kind_of(balancer) == Some(Kind::Network) && groups.is_absent() {
            report.at(
                &groups,
                format!(
                    "`{}` is made without security groups and can never get any later",
                    balancer.id()
                ),
                "give it a security group, even one that lets everything in",
            );
        }
    }
}
