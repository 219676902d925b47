//! A Redis cluster without automatic failover.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "cluster-failover",
    severity: Severity::Error,
    page: include_str!("cluster_failover.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for group in stack.of("AWS::ElastiCache::ReplicationGroup") {
        let parameters = group.get("CacheParameterGroupName");
        let clustered = match parameters.target_of("AWS::ElastiCache::ParameterGroup") {
            Some(it) => it.get("Properties").get("cluster-enabled").text() == Some("yes"),
            None => parameters
                .text()
                .is_some_and(|it| it.ends_with(".cluster.on")),
        };
        if !clustered {
            continue;
        }
        let failover = group.get("AutomaticFailoverEnabled");
        if failover.bool() == Some(false) {
            report.at(
                &failover,
                format!(
                    "`{}` is a cluster, which needs automatic failover",
                    group.id()
                ),
                "set it to `true`",
            );
        }
        let count = group.get("NumCacheClusters");
        if count.int() == Some(1) {
            report.at(
                &count,
                format!(
                    "`{}` is a cluster, which needs more than one node",
                    group.id()
                ),
                "",
            );
        }
    }
}
