//! Service Connect without a namespace.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, SERVICE};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "service-connect-namespace",
    severity: Severity::Error,
    page: include_str!("service_connect_namespace.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for cluster in stack.of(CLUSTER) {
        other_type(&cluster.get("ServiceConnectDefaults.Namespace"), report);
    }
    for service in stack.of(SERVICE) {
        let connect = service.get("ServiceConnectConfiguration");
        let namespace = connect.get("Namespace");
        other_type(&namespace, report);
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

/// Something else stands where a namespace should.
fn other_type(namespace: &View<'_, '_>, report: &mut Report<'_>) {
    // A cluster may be called as its namespace.
    if let Some(it) = namespace.target()
        && it.kind().starts_with("AWS::")
        && !it.kind().ends_with("Namespace")
        && !it.kind().starts_with("AWS::CloudFormation::")
        && it.kind() != CLUSTER
    {
        let message = format!(
            "`{}` is of the type {}, and no namespace",
            it.id(),
            it.kind()
        );
        report.at(
            namespace,
            message,
            "a namespace of AWS Cloud Map, by its ARN or name",
        );
    }
}
