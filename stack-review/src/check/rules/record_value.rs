//! A value that does not fit the type of its record.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Stack, View};
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::check::records::records;
use crate::check::words::quoted;

pub(super) const RULE: Rule = Rule {
    code: "record-value",
    severity: Severity::Error,
    page: include_str!("record_value.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for record in records(stack) {
        let kind = record.get("Type");
        let Some(kind) = kind.text() else { continue };
        let values = record.get("ResourceRecords");
        let items = values.items();
        if kind == "CNAME"
            && items.len() > 1
            && values.has_known_items()
            && record.get("MultiValueAnswer").is_absent()
        {
            report.at(
                &values,
                format!("a CNAME record has one value, this one {}", items.len()),
                "",
            );
        }
        for value in items {
            reference(kind, &value, report);
            if kind == "CNAME"
                && let (Some(name), Some(text)) = (record.name(), value.text())
                && text.trim_end_matches('.').eq_ignore_ascii_case(&name)
            {
                report.at(&value, "the record leads to itself", "another name");
            }
            let Some(text) = value.text().filter(|it| !it.is_empty()) else {
                continue;
            };
            if let Some(expected) = expected(kind, text) {
                report.at(
                    &value,
                    format!("{} is no value of a record {kind}", quoted(text)),
                    format!("expected {expected}"),
                );
            }
        }
    }
}

/// What a reference gives, where it is no text.
fn reference(kind: &str, value: &View<'_, '_>, report: &mut Report<'_>) {
    if value.text().is_some() {
        return;
    }
    let address = matches!(kind, "A" | "AAAA");
    if let Some(target) = value.target() {
        let given = value.value().handle().and_then(|it| it.attribute);
        let name = given.is_some_and(|it| matches!(it, "DNSName" | "DomainName"));
        let arn = match given {
            Some(it) => it == "Arn" || it.ends_with("Arn"),
            None => target.kind() == "AWS::ElasticLoadBalancingV2::LoadBalancer",
        };
        if address && name {
            let message = format!(
                "`{}` has a name here, and a record {kind} an address",
                target.id()
            );
            report.at(value, message, "a CNAME, or an alias");
        } else if arn && (address || kind == "CNAME") {
            let message = format!("here stands the ARN of `{}`", target.id());
            report.at(value, message, "its `DNSName`");
        }
    } else if kind == "CNAME" && value.prefix().contains("://") {
        report.at(
            value,
            "here stands an address, and a name is wanted",
            "leave the scheme out",
        );
    }
}

fn expected(kind: &str, text: &str) -> Option<&'static str> {
    let parts = || text.split_whitespace();
    let number = |it: Option<&str>| it.is_some_and(|it| it.parse::<u16>().is_ok());
    match kind {
        "A" => text
            .parse::<Ipv4Addr>()
            .is_err()
            .then_some("an IPv4 address"),
        "AAAA" => text
            .parse::<Ipv6Addr>()
            .is_err()
            .then_some("an IPv6 address"),
        "CNAME" | "NS" | "PTR" => {
            let wrong =
                text.contains("://") || text.contains(' ') || text.contains('/') && kind != "PTR";
            wrong.then_some("the name of a host")
        }
        "MX" => (parts().count() != 2 || !number(parts().next()))
            .then_some("a priority and a host: `10 mail.example.com`"),
        "SRV" => (parts().count() != 4 || !parts().take(3).all(|it| number(Some(it))))
            .then_some("priority, weight, port and host: `1 10 5269 chat.example.com`"),
        "TXT" | "SPF" => (!(text.starts_with('"') && text.ends_with('"') && text.len() > 1))
            .then_some("a text in double quotes"),
        _ => None,
    }
}
