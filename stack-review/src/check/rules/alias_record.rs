//! An alias record that Route 53 refuses, or that leads elsewhere.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::records::{Record, records};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Piece, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "alias-record",
    severity: Severity::Error,
    page: include_str!("alias_record.md"),
    run,
};

/// Zones of AWS that are the same in every region.
const GLOBAL: [&str; 2] = ["Z2FDTNDATAQYW2", "Z2BJ6XQ5FK7U4H"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for record in records(stack) {
        let alias = record.get("AliasTarget");
        let values = record.get("ResourceRecords");
        let ttl = record.get("TTL");
        if alias.is_absent() {
            if alias.is_known() && values.is_absent() && values.is_known() {
                report.at(
                    &values,
                    "the record has neither values nor an alias target",
                    "set `ResourceRecords` and `TTL`, or `AliasTarget`",
                );
            } else if values.is_set() && ttl.is_absent() && ttl.is_known() {
                report.at(&ttl, "a record with values needs a `TTL`", "");
            }
            continue;
        }
        if !alias.is_known() {
            continue;
        }
        for (name, it) in [("TTL", &ttl), ("ResourceRecords", &values)] {
            if it.is_set() {
                report.at(
                    it,
                    format!("an alias record takes no `{name}`"),
                    format!("leave `{name}` out"),
                );
            }
        }
        zone(&alias, report);
        named(&record, &alias, report);
        kind(record.get("Type"), &alias, report);
    }
}

/// An alias of a load balancer is a record of addresses.
fn kind(kind: View<'_, '_>, alias: &View<'_, '_>, report: &mut Report<'_>) {
    let name = alias.get("DNSName");
    let Some(balancer) = name.target_of(balancing::BALANCER) else {
        return;
    };
    let addresses = balancer.get("IpAddressType");
    match kind.text() {
        None | Some("A") => (),
        Some("AAAA") => {
            if addresses.is_absent() || addresses.text() == Some("ipv4") {
                let message = format!("`{}` has no IPv6 addresses", balancer.id());
                report.judged(
                    Severity::Warning,
                    kind.place(),
                    message,
                    format!(
                        "`IpAddressType: dualstack` for `{}`, or no such record",
                        balancer.id()
                    ),
                );
            }
        }
        Some(it) => report.at(
            &kind,
            format!("an alias of a load balancer is no record of the type `{it}`"),
            "`A`, or `AAAA`",
        ),
    }
}

/// Zones of application load balancers, by region.
/// <https://docs.aws.amazon.com/general/latest/gr/elb.html>
const BALANCERS: [(&str, &str); 15] = [
    ("ap-northeast-1", "Z14GRHDCWA56QT"),
    ("ap-south-1", "ZP97RAFLXTNZK"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65"),
    ("ca-central-1", "ZQSVJUPU6J1EY"),
    ("eu-central-1", "Z215JYRZR1TBD5"),
    ("eu-north-1", "Z23TAZ6LKFMNIO"),
    ("eu-west-1", "Z32O12XQLNTSW2"),
    ("eu-west-2", "ZHURV8PSTC4K8"),
    ("eu-west-3", "Z3Q77PNBQS71R4"),
    ("sa-east-1", "Z2P70J7HTTTPLU"),
    ("us-east-1", "Z35SXDOTRQ7X7K"),
    ("us-east-2", "Z3AADJGX6KTTL2"),
    ("us-west-1", "Z368ELLRRE2KJ0"),
    ("us-west-2", "Z1H1FL5HABSF5"),
];

/// What the name says of the target, and the zone denies.
fn named(record: &Record<'_, '_>, alias: &View<'_, '_>, report: &mut Report<'_>) {
    let (zone, name) = (alias.get("HostedZoneId"), alias.get("DNSName"));
    if name.prefix().contains("://") {
        report.at(
            &name,
            "an alias leads to a name, not to an address",
            "leave the scheme out",
        );
        return;
    }
    let Some(text) = name.text() else { return };
    let text = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let own = zone.target_of("AWS::Route53::HostedZone");
    if text.ends_with(".cloudfront.net") {
        let other = zone.text().is_some_and(|it| it != GLOBAL[0]);
        if other || own.is_some() {
            let message = "the name is that of a distribution, the zone is not";
            report.at(&zone, message, format!("`{}`", GLOBAL[0]));
        }
        return;
    }
    if text.contains(".elb.") && text.ends_with("amazonaws.com") {
        let region = BALANCERS.iter().find(|it| zone.text() == Some(it.1));
        let elsewhere = region.filter(|it| !text.contains(it.0));
        if own.is_some() {
            let message = "the name is that of a load balancer, the zone is that of records";
            report.at(&zone, message, "the zone of the load balancer");
        } else if let Some((region, _)) = elsewhere {
            let message = format!("this is the zone of load balancers in {region}");
            report.at(
                &zone,
                message,
                "the zone of load balancers in the region of the name",
            );
        }
        return;
    }
    if zone.target_of(balancing::BALANCER).is_some() && !text.ends_with("amazonaws.com.cn") {
        let message = format!(
            "{} is no name of a load balancer, the zone is one",
            quoted(&text)
        );
        report.at(&name, message, "its `DNSName`");
        return;
    }
    let Some(own) = own else { return };
    // Another record of the zone, which is there before this one.
    let Some(within) = own
        .get("Name")
        .text()
        .map(|it| it.trim_end_matches('.').to_owned())
    else {
        return;
    };
    if text != within && !text.ends_with(&format!(".{within}")) {
        let message = format!("{} is not in the zone `{within}`", quoted(&text));
        report.at(&name, message, "the zone of the target");
        return;
    }
    let stack = name.resource().stack();
    let mut known = true;
    let there = records(stack).iter().any(|it| match it.name() {
        Some(other) => {
            let (a, b) = (it.get("Type"), record.get("Type"));
            other == text && (a.text() == b.text() || a.text().is_none())
        }
        None => {
            known = false;
            false
        }
    });
    if !there && known && own.stack().number() == stack.number() && !stack.has_transform() {
        let message = format!("`{}` has no such record {}", own.id(), quoted(&text));
        report.judged(
            Severity::Warning,
            name.place(),
            message,
            "an alias in a zone leads to another record of the same type".to_owned(),
        );
    }
}

fn zone(alias: &View<'_, '_>, report: &mut Report<'_>) {
    let (zone, name) = (alias.get("HostedZoneId"), alias.get("DNSName"));
    let wanted = |kind: &str| match kind {
        balancing::BALANCER => Some("CanonicalHostedZoneID"),
        "AWS::ElasticLoadBalancing::LoadBalancer" => Some("CanonicalHostedZoneNameID"),
        "AWS::ApiGateway::DomainName" | "AWS::ApiGatewayV2::DomainName" => {
            Some("RegionalHostedZoneId")
        }
        _ => None,
    };
    // `dualstack.` before the name of a load balancer is still that load balancer.
    let named = name.target().or_else(|| {
        let mut handles = name.pieces().into_iter().filter_map(|it| match it {
            Piece::Value(it) => it.handle(),
            Piece::Text(_) => None,
        });
        let (first, rest) = (handles.next(), handles.next());
        first.filter(|_| rest.is_none()).and_then(|it| {
            name.resource()
                .stack()
                .world()
                .stack(it.stack)
                .resource(it.id)
        })
    });
    let Some(target) = named else {
        return;
    };
    let Some(attribute) = wanted(target.kind()) else {
        return;
    };
    let repair = format!("use `!GetAtt {}.{attribute}`", target.id());
    match zone.value() {
        Value::Handle(it) if it.id != target.id() => {
            report.at(
                &zone,
                format!(
                    "the name is that of `{}`, the zone that of `{}`",
                    target.id(),
                    it.id
                ),
                repair,
            );
        }
        Value::Handle(it)
            if it.attribute.is_some_and(|it| {
                it.ends_with("HostedZoneId") || it.ends_with("ZoneID") || it.ends_with("NameID")
            }) => {}
        Value::Handle(_) => {
            report.at(
                &zone,
                format!("this is not the zone of `{}`", target.id()),
                repair,
            );
        }
        Value::Text(it) if GLOBAL.contains(&it.as_ref()) => {
            let edge = target.kind().starts_with("AWS::ApiGateway");
            if !edge {
                report.at(
                    &zone,
                    format!("`{it}` is not the zone of a load balancer"),
                    repair,
                );
            }
        }
        Value::Text(_) => {
            let message = format!(
                "the zone of `{}` is written out, and is another one in each region",
                target.id()
            );
            report.judged(Severity::Warning, zone.place(), message, repair);
        }
        _ => (),
    }
}
