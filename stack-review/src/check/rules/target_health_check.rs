//! A health check that Elastic Load Balancing refuses.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

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
        if matches!(check.text(), Some("GENEVE" | "TCP_UDP" | "TLS" | "UDP")) {
            report.at(
                &check,
                format!("targets are not checked with {kind}"),
                "TCP, HTTP or HTTPS",
            );
        }
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
        let port = targets.get("HealthCheckPort");
        if let Some(it) = port.text().filter(|it| *it != "traffic-port")
            && !port.int().is_some_and(|it| (1..=65_535).contains(&it))
        {
            report.at(
                &port,
                format!("{} is no port", quoted(it)),
                "`traffic-port`, or a number",
            );
        }
        answers(targets, report);
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

/// Which answers are those of a healthy target.
fn answers(targets: Resource<'_, '_>, report: &mut Report<'_>) {
    let version = targets.get("ProtocolVersion");
    let matcher = targets.get("Matcher");
    let (http, grpc) = (matcher.get("HttpCode"), matcher.get("GrpcCode"));
    if let Some(it) = targets.get("Protocol").text()
        && !matches!(it, "HTTP" | "HTTPS")
        && version.is_set()
        && version.is_known()
    {
        let message = format!("targets for {it} have no version of HTTP");
        report.at(&version, message, "leave it out");
    }
    if let Some(it) = version.text()
        && !matches!(it, "HTTP1" | "HTTP2" | "GRPC")
    {
        let message = format!("there is no version {} of the protocol", quoted(it));
        report.at(&version, message, "HTTP1, HTTP2 or GRPC");
    }
    if version.text() == Some("GRPC") && http.is_set() {
        report.at(
            &http,
            "gRPC targets answer with codes of gRPC",
            "`GrpcCode`",
        );
    } else if version.is_known() && version.text() != Some("GRPC") && grpc.is_set() {
        report.at(&grpc, "targets answer with codes of HTTP", "`HttpCode`");
    }
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html>
    let most = match targets.get("Protocol").text() {
        Some("HTTP" | "HTTPS") => 499,
        _ => 599,
    };
    for (codes, from, to) in [(&http, 200, most), (&grpc, 0, 99)] {
        let Some(text) = codes.text() else { continue };
        let code = |it: &str| {
            it.trim()
                .parse::<u16>()
                .ok()
                .filter(|it| (from..=to).contains(it))
        };
        let right = text.split(',').all(|it| match it.split_once('-') {
            Some((a, b)) => matches!((code(a), code(b)), (Some(a), Some(b)) if a <= b),
            None => code(it).is_some(),
        });
        if !right {
            let message = format!("{} are no codes of answers", quoted(text));
            report.at(
                codes,
                message,
                format!("{from} to {to}: `200`, `200,202` or `200-299`"),
            );
        }
    }
}
