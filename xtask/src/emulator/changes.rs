//! What is changed in which stack, and what has to become of it: `xtask/emulator/changes.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::manifest;
use crate::judge::flips;
use crate::tools;

/// The kinds of changes; every system has one of each.
const KINDS: [&str; 5] = ["image", "in-place", "replacement", "removal", "failure"];

/// One entry of the list.
pub(super) struct Change {
    pub(super) stack: String,
    pub(super) kind: String,
    entry: Value,
    /// Resources that are updated where they are.
    pub(super) updated: BTreeSet<String>,
    pub(super) replaced: BTreeSet<String>,
    pub(super) added: BTreeSet<String>,
    pub(super) removed: BTreeSet<String>,
    /// Of those replaced or removed, the ones that outlive it.
    pub(super) kept: BTreeSet<String>,
    /// How the image ends that a service runs then.
    pub(super) image: Option<String>,
    /// What fails, as the emulator's table has it; then all has to be as before.
    pub(super) fault: Option<Value>,
}

/// All changes of a system.
pub(super) fn of(system: &str) -> Result<Vec<Change>, String> {
    let list = manifest::read(&tools::root().join("xtask/emulator/changes.json"))?;
    let told = |why: String| format!("xtask/emulator/changes.json: {system}: {why}");
    let entries = list["changes"].as_array().into_iter().flatten();
    let entries = entries.filter(|it| it["system"] == system);
    let changes = entries
        .map(Change::read)
        .collect::<Result<Vec<_>, _>>()
        .map_err(told)?;
    for kind in KINDS {
        if !changes.iter().any(|it| it.kind == kind) {
            return Err(told(format!("there is no change of the kind `{kind}`")));
        }
    }
    Ok(changes)
}

impl Change {
    fn read(entry: &Value) -> Result<Change, String> {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let ids = |key: &str| -> BTreeSet<String> {
            let ids = entry[key].as_array().into_iter().flatten();
            ids.filter_map(|it| it.as_str().map(str::to_owned))
                .collect()
        };
        let kind = text("kind");
        if !KINDS.contains(&kind.as_str()) {
            return Err(format!("`{kind}` is none of {KINDS:?}"));
        }
        Ok(Change {
            stack: text("stack"),
            updated: ids("updated"),
            replaced: ids("replaced"),
            added: ids("added"),
            removed: ids("removed"),
            kept: ids("kept"),
            image: entry["image"].as_str().map(str::to_owned),
            fault: entry.get("fault").cloned(),
            entry: entry.clone(),
            kind,
        })
    }

    /// The parameter that is given another value, when that is the change.
    pub(super) fn parameter(&self) -> Option<(&str, &str)> {
        Some((
            self.entry["parameter"].as_str()?,
            self.entry["to"].as_str()?,
        ))
    }

    /// Gives a parameter another value, or changes the template as a flip does.
    pub(super) fn apply(
        &self,
        template: &mut Value,
        arguments: &mut BTreeMap<String, String>,
    ) -> Result<(), String> {
        let Some(parameter) = self.entry["parameter"].as_str() else {
            return flips::apply(template, &self.entry);
        };
        if template["Parameters"].get(parameter).is_none() {
            return Err(format!("there is no parameter `{parameter}`"));
        }
        let value = self.entry["to"].as_str().unwrap_or_default();
        arguments.insert(parameter.to_owned(), value.to_owned());
        Ok(())
    }
}
