//! What is known of the emulator: the types that our layer plays, and where it differs from AWS.
//! `xtask/emulator/known.json` has a reason for each; what no longer applies fails.

use std::collections::{BTreeMap, BTreeSet};

use super::journey::Report;
use super::manifest;
use crate::tools;

/// What to tell, and what is wrong. Only a run of `all` systems shows that an entry is not needed.
pub(super) fn compare(reports: &[Report], all: bool) -> Result<(String, Vec<String>), String> {
    let known = manifest::read(&tools::root().join("xtask/emulator/known.json"))?;
    let mut wrong = Vec::new();
    let mut entries = |list: &str, key: &str| -> BTreeSet<String> {
        let entries = known[list].as_array().into_iter().flatten();
        entries
            .map(|it| {
                let name = it[key].as_str().unwrap_or_default().to_owned();
                if it["reason"].as_str().is_none_or(|it| it.len() < 10) {
                    wrong.push(format!("known.json: `{name}` has no reason"));
                }
                name
            })
            .collect()
    };
    let played = entries("played", "type");
    let kinds = entries("differences", "kind");
    let unread = entries("not_read_back", "property");
    let mut created: BTreeMap<&String, usize> = BTreeMap::new();
    for (name, count) in reports.iter().flat_map(|it| &it.created) {
        *created.entry(name).or_default() += count;
    }
    let mut seen: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for it in reports.iter().flat_map(|it| &it.differences) {
        let place = format!("{} ({})", it.place, it.type_name);
        seen.entry(it.kind).or_insert((0, place)).0 += 1;
    }
    for (kind, (count, place)) in &seen {
        if !kinds.contains(*kind) {
            wrong.push(format!("not in known.json: {kind}, {count} times: {place}"));
        }
    }
    let mut lost: BTreeMap<&String, &String> = BTreeMap::new();
    lost.extend(reports.iter().flat_map(|it| &it.not_read_back));
    for (property, place) in &lost {
        if !unread.contains(*property) {
            wrong.push(format!("not read back: {property}: {place}"));
        }
    }
    if all {
        let unused = unread.iter().filter(|it| !lost.contains_key(it));
        wrong.extend(unused.map(|it| format!("known.json: `{it}` is read back")));
        let unused = kinds.iter().filter(|it| !seen.contains_key(it.as_str()));
        wrong.extend(unused.map(|it| format!("known.json: `{it}` no longer shows")));
        let unused = played.iter().filter(|it| !created.contains_key(it));
        wrong.extend(unused.map(|it| format!("known.json: no stack has a `{it}`")));
    }
    let by_layer: Vec<String> = created
        .iter()
        .filter(|(name, _)| played.contains(**name))
        .map(|(name, count)| format!("{count} {}", name.trim_start_matches("AWS::")))
        .collect();
    let differences: Vec<String> = seen
        .iter()
        .map(|(kind, (count, _))| format!("{kind} {count}"))
        .collect();
    let told = format!(
        "emulator: {} types; played by our layer: {}\nemulator: differs from AWS: {}\nemulator: {} values of services, tasks, target groups and rules read back, {} properties not (declared)",
        created.len(),
        by_layer.join(", "),
        differences.join(", "),
        reports.iter().map(|it| it.read_back).sum::<usize>(),
        lost.len()
    );
    Ok((told, wrong))
}
