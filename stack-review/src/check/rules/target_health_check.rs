//! A health check that Elastic Load Balancing refuses.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "target-health-check",
    severity: Severity::Error,
    page: include_str!("target_health_check.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for targets in stack.of(balancing::TARGETS) {
        let protocol = targets.get("Protocol");
        let lambda = targets.get("TargetType").text() == Some("lambda");
        let check = targets.get("HealthCheckProtocol");
        let Some(kind) = check.text().or(match (check.is_absent(), protocol.text()) {
            (true, Some("HTTP")) => Some("HTTP"),
            (true, Some("HTTPS")) => Some("HTTP"),
            (true, Some("TCP" | "TLS" | "UDP" | "TCP_UDP" | "GENEVE")) => Some("TCP"),
            _ => None,
        }) else {
            continue;
        };
        if matches!(protocol.text(), Some("HTTP" | "HTTPS")) && kind == "TCP" {
            report.at(
                &check,
                "targets for HTTP are checked with HTTP or HTTPS, not TCP",
                "",
            );
        }
        if kind == "TCP" {
            for name in ["Matcher", "HealthCheckPath"] {
                let set = targets.get(name);
                if set.is_set() && set.is_known() {
                    report.at(
                        &set,
                        format!("a health check with TCP has no `{name}`"),
                        format!("leave `{name}` out, or set `HealthCheckProtocol: HTTP`"),
                    );
                }
            }
        }
        let path = targets.get("HealthCheckPath");
        if let Some(it) = path.text()
            && kind != "TCP"
            && !it.starts_with('/')
            && targets.get("ProtocolVersion").text() != Some("GRPC")
        {
            report.at(
                &path,
                format!("{} does not begin with `/`", quoted(it)),
                format!("write `/{it}`"),
            );
        }
        let (interval, timeout) = (
            targets.get("HealthCheckIntervalSeconds"),
            targets.get("HealthCheckTimeoutSeconds"),
        );
        let web = matches!(protocol.text(), Some("HTTP" | "HTTPS")) && !lambda;
        let of = |view: &View<'_, '_>, default: i64| {
            if view.is_absent() && web {
                Some(default)
            } else {
                view.int()
            }
        };
        if let (Some(every), Some(wait)) = (of(&interval, 30), of(&timeout, 5))
            && wait >= every
            && (web || kind != "TCP")
        {
            let at = if timeout.is_set() {
                &timeout
            } else {
                &interval
            };
            let message = format!(
                "the health check waits {wait} s for an answer and is made every {every} s"
            );
            report.at(
                at,
                message,
                "let `HealthCheckTimeoutSeconds` be less than `HealthCheckIntervalSeconds`",
            );
        }
    }
}
