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
    let mut routed = Vec::new();
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
        if let [way] = ways.as_slice() {
            routed.push((n, *way));
            alone(record, way, report);
        }
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
    for (place, (n, way)) in routed.iter().enumerate() {
        together(&all, (*n, way), &routed[..place], report);
    }
}

/// What a way asks of a record.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html>
fn alone(record: &Record<'_, '_>, way: &str, report: &mut Report<'_>) {
    let at = record.get("MultiValueAnswer");
    if way == "MultiValueAnswer" && at.bool() == Some(true) {
        if record.get("AliasTarget").is_set() {
            report.at(
                &at,
                "an alias has no answer of several values",
                "leave it out",
            );
        }
        if let Some(kind @ ("CNAME" | "NS")) = record.get("Type").text() {
            let message = format!("a record of the type {kind} has no answer of several values");
            report.at(&at, message, "`Weight`, for example");
        }
    }
    let weight = record.get("Weight");
    if let Some(it) = weight.int().filter(|it| !(0..=255).contains(it)) {
        report.at(&weight, format!("a weight of {it}"), "0 to 255");
    }
}

/// What a record and those before it of the same name and type must have in common, and what not.
fn together(
    all: &[Record<'_, '_>],
    (n, way): (usize, &str),
    before: &[(usize, &str)],
    report: &mut Report<'_>,
) {
    let record = &all[n];
    let (Some(name), kind, zone) = (record.name(), record.get("Type"), record.zone()) else {
        return;
    };
    let beside = |it: &Record<'_, '_>| {
        it.get("Type").same(&kind) == Some(true)
            && it.name().as_ref() == Some(&name)
            && it.zone().same(&zone) == Some(true)
    };
    // A record without any way stands in nobody's list.
    if before.iter().all(|it| !beside(&all[it.0])) {
        let plain = all.iter().find(|it| {
            WAYS.iter().all(|way| it.get(way).is_absent())
                && it.get("SetIdentifier").is_absent()
                && beside(it)
        });
        if let Some(plain) = plain {
            let message = format!("other records of `{name}` are chosen by `{way}`, this is not");
            report.at(
                &plain.get("Name"),
                message,
                "choose among all of them in one way",
            );
        }
    }
    for (m, other) in before.iter().filter(|it| beside(&all[it.0])) {
        let (first, at) = (&all[*m], record.get(way));
        if *other != way {
            let message = format!("other records of `{name}` are chosen by `{other}`");
            report.at(&at, message, "choose among all of them in one way");
            return;
        }
        if matches!(way, "Region" | "GeoLocation") && first.get(way).same(&at) == Some(true) {
            let message = format!("`{name}` has another record with the same `{way}`");
            report.at(&at, message, "one record for each");
            return;
        }
        let (ttl, same) = (record.get("TTL"), first.get("TTL"));
        if way == "Weight"
            && let (Some(one), Some(two)) = (ttl.text(), same.text())
            && one != two
        {
            let message = format!("the records of `{name}` live {two} s and {one} s");
            report.at(&ttl, message, "weighted records of a name have one `TTL`");
            return;
        }
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
