//! A record whose way to be chosen is incomplete.

use stack_core::Severity;

use crate::check::records::{Record, records};
use crate::check::words::either;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "record-routing",
    severity: Severity::Error,
    page: include_str!("record_routing.md"),
    run,
};

/// The ways to choose among records of one name.
const WAYS: [&str; 7] = [
    "CidrRoutingConfig",
    "Failover",
    "GeoLocation",
    "GeoProximityLocation",
    "MultiValueAnswer",
    "Region",
    "Weight",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let all = records(stack);
    for (n, record) in all.iter().enumerate() {
        let check = record.get("HealthCheckId");
        if let Some(it) = check.target()
            && matches!(
                it.kind(),
                "AWS::CloudWatch::Alarm" | "AWS::ElasticLoadBalancingV2::TargetGroup"
            )
        {
            let message = format!(
                "`{}` is of the type {}, and no health check",
                it.id(),
                it.kind()
            );
            report.at(&check, message, "an `AWS::Route53::HealthCheck`");
        }
        let id = record.get("SetIdentifier");
        let ways: Vec<&str> = WAYS
            .into_iter()
            .filter(|it| record.get(it).is_set())
            .collect();
        match (ways.as_slice(), id.is_set()) {
            ([way], false) => {
                let at = record.get(way);
                report.at(
                    &at,
                    format!("a record with `{way}` needs a `SetIdentifier`"),
                    "give each record of the name one of its own",
                );
            }
            ([], true) if id.is_known() => {
                report.at(
                    &id,
                    "a record with a `SetIdentifier` needs a way to be chosen",
                    format!(
                        "set {}",
                        either(["Weight", "Failover", "Region", "MultiValueAnswer"])
                    ),
                );
            }
            ([one, other, ..], _) => {
                report.at(
                    &record.get(other),
                    format!("a record is chosen in one way: `{one}` or `{other}`"),
                    "",
                );
            }
            _ => (),
        }
        failover(&all, n, record, report);
    }
}

fn failover(all: &[Record<'_, '_>], n: usize, record: &Record<'_, '_>, report: &mut Report<'_>) {
    let role = record.get("Failover");
    let Some(text) = role.text() else { return };
    if text == "PRIMARY" {
        let alias = record.get("AliasTarget");
        let watched = record.get("HealthCheckId").is_set()
            || alias.get("EvaluateTargetHealth").bool() == Some(true)
            || !alias.get("EvaluateTargetHealth").is_known();
        if !watched {
            report.at(
                &role,
                "the primary record has no health check, so Route 53 never fails over",
                "set `HealthCheckId`, or for an alias `EvaluateTargetHealth: true`",
            );
        }
    }
    let (Some(name), kind) = (record.name(), record.get("Type")) else {
        return;
    };
    let pair = |it: &&Record<'_, '_>| {
        it.name().as_ref() == Some(&name)
            && it.get("Type").same(&kind) == Some(true)
            && it.zone().same(&record.zone()) != Some(false)
    };
    let roles: Vec<Option<String>> = all
        .iter()
        .enumerate()
        .filter(|it| it.0 != n)
        .map(|it| it.1)
        .filter(pair)
        .map(|it| it.get("Failover").text().map(str::to_owned))
        .collect();
    if roles.iter().any(|it| it.as_deref() == Some(text)) {
        report.at(
            &role,
            format!("`{name}` has two records that are {text}"),
            "make one `PRIMARY`, the other `SECONDARY`",
        );
    } else if roles.is_empty() {
        let other = if text == "PRIMARY" {
            "SECONDARY"
        } else {
            "PRIMARY"
        };
        let message = format!("`{name}` has a record that is {text} and none that is {other}");
        report.judged(
            Severity::Warning,
            role.place(),
            message,
            format!("add the one that is `{other}`"),
        );
    }
}
