//! Service Connect without a namespace.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, SERVICE};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "service-connect-namespace",
    severity: Severity::Error,
    page: include_str!("service_connect_namespace.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let connect = service.get("ServiceConnectConfiguration");
        let namespace = connect.get("Namespace");
        if connect.get("Enabled").bool() != Some(true) || namespace.is_set() {
            continue;
        }
        let Some(cluster) = service.get("Cluster").target_of(CLUSTER) else {
            continue;
        };
        if cluster.get("ServiceConnectDefaults").is_absent() {
            let message = format!(
                "neither `{}` nor `{}` names a namespace",
                service.id(),
                cluster.id()
            );
            report.at(
                &namespace,
                message,
                "name one here, or in `ServiceConnectDefaults` of the cluster",
            );
        }
    }
}
