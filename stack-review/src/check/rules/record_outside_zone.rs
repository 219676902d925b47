//! A record whose name is not in its zone.

use stack_core::Severity;

use crate::check::records::records;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "record-outside-zone",
    severity: Severity::Error,
    page: include_str!("record_outside_zone.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for record in records(stack) {
        let (Some(name), Some(zone)) = (record.name(), record.zone_name()) else {
            continue;
        };
        let inside = name == zone || name.strip_suffix(&zone).is_some_and(|it| it.ends_with('.'));
        if !inside {
            report.at(
                &record.get("Name"),
                format!("`{name}` is not in the zone `{zone}`"),
                format!("call it `{name}.{zone}`, or use the zone it belongs to"),
            );
        }
    }
    for zone in records(stack) {
        let name = zone.resource.get("HostedZoneName");
        if let Some(text) = name
            .text()
            .filter(|it| !it.is_empty() && !it.ends_with('.'))
        {
            report.at(
                &name,
                format!("the name of a zone ends with a dot, `{text}` does not"),
                format!("write `{text}.`"),
            );
        }
    }
}
