//! A CNAME record at the top of a zone, or beside others.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::records::{Record, records};

pub(super) const RULE: Rule = Rule {
    code: "alias-name-record",
    severity: Severity::Error,
    page: include_str!("alias_name_record.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let all = records(stack);
    let mut kinds: BTreeMap<String, Vec<(&Record<'_, '_>, bool)>> = BTreeMap::new();
    for record in &all {
        let (Some(name), kind) = (record.name(), record.get("Type")) else {
            continue;
        };
        let Some(kind) = kind.text() else { continue };
        let is_alias_name = kind == "CNAME";
        if is_alias_name && record.zone_name().as_ref() == Some(&name) {
            report.at(
                &record.get("Type"),
                format!("`{name}` is the top of its zone, which cannot be a CNAME"),
                "use an A record with `AliasTarget`",
            );
        }
        let others = kinds.entry(name.clone()).or_default();
        let beside = others
            .iter()
            .find(|it| it.1 != is_alias_name && it.0.zone().same(&record.zone()) == Some(true));
        if let Some((other, _)) = beside {
            let message = format!(
                "`{name}` has a CNAME record, so it can have no other; `{}` is one",
                other.resource.id()
            );
            report.at(&record.get("Type"), message, "");
        }
        others.push((record, is_alias_name));
    }
}
