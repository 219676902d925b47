//! A listener speaks what its load balancer does not.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "listener-protocol",
    severity: Severity::Error,
    page: include_str!("listener_protocol.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for listener in stack.of(balancing::LISTENER) {
        let Some(kind) = balancing::balancer_of(listener).and_then(balancing::kind_of) else {
            continue;
        };
        let protocol = listener.get("Protocol");
        let tls = listener.get("AlpnPolicy");
        if let Some(it) = protocol.text().filter(|it| *it != "TLS")
            && tls.is_set()
            && tls.is_known()
        {
            let message = format!("a listener for {it} has no `AlpnPolicy`");
            report.at(&tls, message, "leave it out");
        }
        if protocol.text() == Some("HTTP") && listener.get("Port").int() == Some(443) {
            report.judged(
                Severity::Warning,
                protocol.place(),
                "whoever comes to port 443 speaks TLS, and the listener does not".to_owned(),
                "HTTPS, or port 80".to_owned(),
            );
        }
        let (what, spoken): (&str, &[&str]) = match kind {
            Kind::Application => ("an application load balancer", &["HTTP", "HTTPS"]),
            Kind::Network => (
                "a network load balancer",
                &["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"],
            ),
            Kind::Gateway => ("a gateway load balancer", &[]),
        };
        if protocol.is_absent() && kind != Kind::Gateway {
            let message = format!("a listener of {what} needs a protocol");
            report.at(
                &protocol,
                message,
                format!("it speaks {}", either(spoken.iter().copied())),
            );
        } else if let Some(it) = protocol.text()
            && !spoken.contains(&it)
        {
            let message = format!("{what} does not speak {}", quoted(it));
            let repair = match kind {
                Kind::Gateway => "leave `Protocol` out: it takes all there is".to_owned(),
                _ => format!("it speaks {}", either(spoken.iter().copied())),
            };
            report.at(&protocol, message, repair);
        }
    }
}
