//! A service that can be created before its cluster has the capacity it asks for.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, SERVICE, associations};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "missing-capacity-dependency",
    severity: Severity::Warning,
    page: include_str!("missing_capacity_dependency.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let strategy = service.get("CapacityProviderStrategy").items();
        let Some(cluster) = service
            .get("Cluster")
            .target_of(CLUSTER)
            .filter(|_| !strategy.is_empty())
        else {
            continue;
        };
        if cluster.get("CapacityProviders").is_set() {
            continue;
        }
        let Some(association) = associations(stack, cluster).next() else {
            continue;
        };
        // What another stack makes is there before this one begins.
        if association.stack().number() != stack.number() {
            continue;
        }
        if !service.depends_on().contains(&association.id())
            && !service.created_after().contains(association.id())
        {
            let message = format!(
                "`{}` can be created before `{}` gives the cluster its capacity \
                providers",
                service.id(),
                association.id()
            );
            report.at(
                &service.attribute("DependsOn"),
                message,
                format!("`DependsOn: {}`", association.id()),
            );
        }
    }
}
