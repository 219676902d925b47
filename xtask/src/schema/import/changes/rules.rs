//! What changes in how a type behaves: replacement, tags, rules between properties, lifecycle.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Changes;
use crate::schema::facts::{Fact, field, fields, text, texts};

/// Facts about properties that must or must not be there together.
const TOGETHER: &[&str] = &[
    "xor", "or", "depReq", "depEx", "deps", "oneReq", "anyReq", "raw",
];

/// Facts of a type that no program can notice.
const QUIET: &[&str] = &["id", "ids", "wo", "dep", "xf", "state", "open"];

/// Compares the facts of one type that its face does not show.
pub(super) fn compare(changes: &mut Changes, name: &str, old: &Fact, new: &Fact) {
    // By schema or by documentation, for good or under conditions.
    let (certain, possible) = (&["co"][..], &["cco", "lco", "lcco"][..]);
    let (was_certain, is_certain) = (paths(old, certain), paths(new, certain));
    let (was_possible, is_possible) = (paths(old, possible), paths(new, possible));
    for path in is_certain.iter().filter(|it| !within(it, &was_certain)) {
        replaces(changes, name, old, path, "replaces the resource now");
    }
    for path in is_possible.iter() {
        if !within(path, &was_possible) && !within(path, &was_certain) {
            replaces(changes, name, old, path, "may replace the resource now");
        }
    }
    let (before, after) = (
        was_certain.union(&was_possible).collect::<BTreeSet<_>>(),
        is_certain.union(&is_possible).collect::<BTreeSet<_>>(),
    );
    for path in before.difference(&after) {
        changes.add(
            "properties that no longer replace",
            &format!("{name}.{path}"),
        );
    }
    if new.contains_key("noupd") && !old.contains_key("noupd") {
        changes.breaks(format!("{name} cannot be updated in place any more"));
    }
    let tags = |of: &Fact| {
        of.get("tag")
            .and_then(|it| it["p"].as_str().map(str::to_owned))
    };
    match (tags(old), tags(new)) {
        (Some(was), Some(is)) if was != is => {
            changes.breaks(format!(
                "{name} took tags in `{was}` and takes them in `{is}`"
            ));
        }
        (Some(_), None) => changes.breaks(format!("{name} takes no tags any more")),
        (None, Some(_)) => changes.add("types that take tags", name),
        _ => (),
    }
    if text(old, "repl") != text(new, "repl") {
        let order = |of| text(of, "repl").unwrap_or("create_then_delete").to_owned();
        let (before, after) = (order(old), order(new));
        changes.breaks(format!(
            "{name} was replaced by `{before}` and is by `{after}`"
        ));
    }
    if let Some(life) = new.get("life").filter(|it| old.get("life") != Some(*it)) {
        let status = life["status"].as_str().unwrap_or("lifecycle has changed");
        changes.tightens(format!("{name} is {}", status.to_lowercase()));
    }
    for key in QUIET.iter().filter(|it| old.get(**it) != new.get(**it)) {
        changes.add("other facts", &format!("{name} `{key}`"));
    }
    together(changes, name, old, new);
    for (definition, was) in fields(old, "defs") {
        if let Some(is) = field(new, "defs", definition) {
            together(changes, &format!("{name}.{definition}"), was, is);
        }
    }
}

fn paths<'a>(of: &'a Fact, keys: &[&str]) -> BTreeSet<&'a str> {
    keys.iter().flat_map(|key| texts(of, key)).collect()
}

/// Whether the path or what it is a part of is among `known`.
fn within(path: &str, known: &BTreeSet<&str>) -> bool {
    let parts = path.match_indices('/').map(|it| &path[..it.0]);
    parts.chain([path]).any(|it| known.contains(it))
}

/// What is new itself breaks nothing.
fn replaces(changes: &mut Changes, name: &str, old: &Fact, path: &str, says: &str) {
    let property = path.split('/').next().unwrap_or(path);
    if field(old, "props", property).is_some() {
        changes.breaks(format!("{name}.{} {says}", path.replace('/', ".")));
    }
}

fn together(changes: &mut Changes, place: &str, old: &Fact, new: &Fact) {
    for key in TOGETHER {
        match (old.get(*key), new.get(*key)) {
            (was, is) if was == is => (),
            (_, Some(is)) => {
                let rule = brief(is);
                changes.tightens(format!("{place} has another rule `{key}`: {rule}"));
            }
            (_, None) => changes.add("rules lifted", &format!("{place} `{key}`")),
        }
    }
}

fn brief(value: &Value) -> String {
    let whole = value.to_string();
    match whole.char_indices().nth(160) {
        Some((end, _)) => format!("{} …", &whole[..end]),
        None => whole,
    }
}
