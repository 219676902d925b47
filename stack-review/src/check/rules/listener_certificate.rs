//! A listener for HTTPS or TLS without a certificate, or another one with it.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "listener-certificate",
    severity: Severity::Error,
    page: include_str!("listener_certificate.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for listener in stack.of(balancing::LISTENER) {
        let protocol = listener.get("Protocol");
        let Some(it) = protocol.text() else { continue };
        let certificates = listener.get("Certificates");
        let none = certificates.is_absent()
            || certificates.has_known_items() && certificates.items().is_empty();
        if matches!(it, "HTTPS" | "TLS") {
            let more = certificates.items();
            if let Some(second) = more.get(1).filter(|_| certificates.has_known_items()) {
                report.at(
                    second,
                    "a listener has one certificate of its own",
                    "add the others with `AWS::ElasticLoadBalancingV2::ListenerCertificate`",
                );
            }
            if none && !listener.get("Certificates").value().is_unknown() {
                report.at(
                    &certificates,
                    format!("a listener for {it} needs a certificate"),
                    "give it one of the region's certificates",
                );
            }
        } else if matches!(it, "HTTP" | "TCP" | "UDP" | "TCP_UDP") {
            for name in ["Certificates", "SslPolicy"] {
                let set = listener.get(name);
                if set.is_set() && (name == "SslPolicy" || !none) {
                    report.at(
                        &set,
                        format!("a listener for {it} takes no `{name}`"),
                        format!(
                            "leave `{name}` out, or listen for {}",
                            if it == "HTTP" { "HTTPS" } else { "TLS" }
                        ),
                    );
                }
            }
        }
    }
}
