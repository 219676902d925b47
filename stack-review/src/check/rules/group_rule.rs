//! A rule of a security group that EC2 refuses, or that does not do what it says.

use stack_core::Severity;

use crate::check::groups::{GROUP, group_rules};
use crate::check::ranges::Range;
use crate::check::words::{all, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "group-rule",
    severity: Severity::Error,
    page: include_str!("group_rule.md"),
    run,
};

const PROTOCOLS: [&str; 5] = ["tcp", "udp", "icmp", "icmpv6", "all"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for rule in group_rules(stack) {
        let (from, to) = (rule.get("FromPort"), rule.get("ToPort"));
        let protocol = rule.get("IpProtocol");
        let ports = matches!(protocol.text(), Some("tcp" | "udp" | "6" | "17"));
        match (from.int(), to.int()) {
            (Some(a), Some(b)) if ports && a > b => {
                report.at(
                    &from,
                    format!("the ports go from {a} down to {b}"),
                    format!("write `FromPort: {b}` and `ToPort: {a}`"),
                );
            }
            (a, b) if ports => {
                for (view, number) in [(&from, a), (&to, b)] {
                    if number.is_some_and(|it| !(0..=65535).contains(&it))
                        && !(a == Some(-1) && b == Some(-1))
                    {
                        report.at(
                            view,
                            format!("{} is no port", number.unwrap_or_default()),
                            "ports go from 0 to 65535",
                        );
                    }
                }
            }
            _ => (),
        }
        if ports {
            let missing: Vec<&str> = [("FromPort", &from), ("ToPort", &to)]
                .into_iter()
                .filter(|it| it.1.is_absent())
                .map(|it| it.0)
                .collect();
            if !missing.is_empty() {
                let name = protocol.text().unwrap_or_default();
                report.at(
                    &rule.place(),
                    format!("a rule for {name} needs {}", all(missing)),
                    "",
                );
            }
        }
        if let Some(it) = protocol.text()
            && !PROTOCOLS.iter().any(|name| it.eq_ignore_ascii_case(name))
            && it.parse::<i64>().is_err()
        {
            report.at(
                &protocol,
                format!("{} is no protocol of IP", quoted(it)),
                "tcp, udp, icmp, icmpv6, a number, or -1 for all",
            );
        }
        if protocol.text() == Some("-1")
            && (from.int().is_some_and(|it| it > 0)
                || to.int().is_some_and(|it| (1..65535).contains(&it)))
        {
            let message = "protocol `-1` opens every port, whatever `FromPort` and `ToPort` say";
            report.judged(
                Severity::Warning,
                protocol.place(),
                message.to_owned(),
                "name the protocol, or leave the ports out".to_owned(),
            );
        }
        for (name, six) in [("CidrIp", false), ("CidrIpv6", true)] {
            let range = rule.get(name);
            let Some(text) = range.text() else { continue };
            if !text.contains('/') && !text.is_empty() && text.parse::<std::net::IpAddr>().is_ok() {
                let whole = if six { 128 } else { 32 };
                report.at(
                    &range,
                    format!("{} is an address, and a range is wanted", quoted(text)),
                    match text {
                        "0.0.0.0" | "::" => format!("`{text}/0` for everybody"),
                        _ => format!("`{text}/{whole}` for it alone"),
                    },
                );
            }
            if let Some(it) = Range::parse(text)
                && it.six != six
            {
                let other = if six { "CidrIp" } else { "CidrIpv6" };
                report.at(
                    &range,
                    format!("{} does not belong into `{name}`", quoted(text)),
                    format!("write it to `{other}`"),
                );
            }
        }
        let description = rule.get("Description");
        if let Some(wrong) = description.text().and_then(wrong) {
            report.at(
                &description,
                format!("the description holds {wrong}, which EC2 refuses"),
                "",
            );
        }
    }
    for group in stack.of(GROUP) {
        let description = group.get("GroupDescription");
        if let Some(wrong) = description.text().and_then(wrong) {
            report.at(
                &description,
                format!("the description holds {wrong}, which EC2 refuses"),
                "",
            );
        }
        let name = group.get("GroupName");
        if name.text().is_some_and(|it| it.starts_with("sg-")) {
            report.at(
                &name,
                "the name of a security group cannot begin with `sg-`",
                "",
            );
        }
    }
}

/// The first letter that EC2 does not take in a description.
fn wrong(text: &str) -> Option<String> {
    let is_sign = |it: char| it.is_ascii() && b" ._-:/()#,@[]+=&;{}!$*".contains(&(it as u8));
    let allowed = |it: char| it.is_ascii_alphanumeric() || is_sign(it);
    text.chars()
        .find(|it| !allowed(*it))
        .map(|it| format!("`{}`", it.escape_default()))
}
