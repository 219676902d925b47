//! Actions of a listener or rule that Elastic Load Balancing refuses.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Resource, View};

pub(super) const RULE: Rule = Rule {
    code: "listener-actions",
    severity: Severity::Error,
    page: include_str!("listener_actions.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for sender in balancing::senders(stack) {
        let listener = match sender.kind() {
            balancing::LISTENER => Some(sender),
            _ => sender.get("ListenerArn").target_of(balancing::LISTENER),
        };
        let protocol = listener.map(|it| it.get("Protocol"));
        let protocol = protocol.as_ref().and_then(|it| it.text());
        let name = if sender.kind() == balancing::LISTENER {
            "DefaultActions"
        } else {
            "Actions"
        };
        let list = sender.get(name);
        let actions = list.items();
        if list.has_known_items() && actions.is_empty() && list.is_set() {
            report.at(
                &list,
                format!("`{name}` is empty"),
                "say what to do: forward, redirect or answer",
            );
        }
        let mut ends = 0;
        for action in &actions {
            let kind = action.get("Type");
            details(action, protocol, report);
            let Some(it) = kind.text() else {
                ends = 1;
                continue;
            };
            if it.starts_with("authenticate-") {
                if protocol.is_some_and(|it| it != "HTTPS") {
                    report.at(&kind, format!("`{it}` needs a listener for HTTPS"), "");
                }
                continue;
            }
            ends += 1;
            if matches!(protocol, Some("TCP" | "TLS" | "UDP" | "TCP_UDP")) && it != "forward" {
                report.at(
                    &kind,
                    format!(
                        "a listener for {} only forwards",
                        protocol.unwrap_or_default()
                    ),
                    "",
                );
            }
            let (needs, set) = match it {
                "forward" => (
                    "`TargetGroupArn` or `ForwardConfig`",
                    action.get("TargetGroupArn").is_set() || action.get("ForwardConfig").is_set(),
                ),
                "redirect" => ("`RedirectConfig`", action.get("RedirectConfig").is_set()),
                "fixed-response" => (
                    "`FixedResponseConfig`",
                    action.get("FixedResponseConfig").is_set(),
                ),
                _ => continue,
            };
            if !set {
                report.at(action, format!("an action `{it}` needs {needs}"), "");
            }
            if it == "redirect"
                && let Some(listener) = listener
                && changes_nothing(&action.get("RedirectConfig"), listener)
            {
                report.at(
                    &action.get("RedirectConfig"),
                    "the redirect leads back to where the request came from",
                    "change protocol, host, port or path",
                );
            }
        }
        if ends != 1 && list.has_known_items() && !actions.is_empty() {
            report.at(
                &list,
                format!(
                    "{ends} actions forward, redirect or answer; it must be exactly one, the last"
                ),
                "",
            );
        }
    }
}

/// Whether what is asked for after a redirect is what was asked for before.
fn changes_nothing(redirect: &View<'_, '_>, listener: Resource<'_, '_>) -> bool {
    let (protocol, port) = (listener.get("Protocol"), listener.get("Port"));
    let keeps = |name: &str, before: Option<&str>, place: &str| {
        let after = redirect.get(name);
        after.is_absent()
            || after.text() == Some(place)
            || before.is_some() && after.text() == before
    };
    redirect.is_set()
        && keeps("Protocol", protocol.text(), "#{protocol}")
        && keeps("Port", port.text(), "#{port}")
        && keeps("Host", None, "#{host}")
        && keeps("Path", None, "/#{path}")
        && keeps("Query", None, "#{query}")
}

/// Weights, and what is answered.
fn details(action: &View<'_, '_>, protocol: Option<&str>, report: &mut Report<'_>) {
    let groups = action.get("ForwardConfig").get("TargetGroups");
    let all = groups.items();
    let is_nothing = |it: &View<'_, '_>| it.get("Weight").int() == Some(0);
    if !all.is_empty() && groups.has_known_items() && all.iter().all(is_nothing) {
        // It is not said to be refused.
        report.judged(
            Severity::Warning,
            groups.place(),
            "all weights are 0, so no request is sent on".to_owned(),
            "a weight above 0".to_owned(),
        );
    }
    for (n, group) in all.iter().enumerate() {
        let arn = group.get("TargetGroupArn");
        if arn.is_set()
            && all[..n]
                .iter()
                .any(|it| it.get("TargetGroupArn").same(&arn) == Some(true))
        {
            report.at(&arn, "the target group is named twice", "each once");
        }
    }
    let sticky = action
        .get("ForwardConfig")
        .get("TargetGroupStickinessConfig");
    let seconds = sticky.get("DurationSeconds");
    // Network load balancers need none.
    let of_requests = protocol.is_none_or(|it| matches!(it, "HTTP" | "HTTPS"));
    if of_requests && sticky.get("Enabled").bool() == Some(true) && seconds.is_absent() {
        let message = "nothing says how long requests stay with their target group";
        report.at(&seconds, message, "1 to 604800 seconds");
    }
    for group in action.get("ForwardConfig").get("TargetGroups").items() {
        let weight = group.get("Weight");
        if let Some(it) = weight.int().filter(|it| !(0..=999).contains(it)) {
            report.at(&weight, format!("a weight of {it}"), "0 to 999");
        }
    }
    let kind = action.get("FixedResponseConfig").get("ContentType");
    const KINDS: [&str; 5] = [
        "application/javascript",
        "application/json",
        "text/css",
        "text/html",
        "text/plain",
    ];
    if let Some(it) = kind.text().filter(|it| !KINDS.contains(it)) {
        let message = format!("a fixed answer cannot be of the type {}", quoted(it));
        report.at(&kind, message, either(KINDS));
    }
}
