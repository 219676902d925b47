//! Secure defaults, flipped one by one: `xtask/judges/flips.json` says how, and who sees it. So no
//! default is there that nobody would miss.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Finding;
use crate::tools;

/// A parameter that nothing uses: that says that something was taken away, not that it matters.
const UNUSED: &str = "W2001";

/// The file's name of a flipped template begins with it.
const PREFIX: &str = "flip-";

pub(super) struct Flips {
    flips: Vec<Flip>,
    /// The flipped templates, in the order of the list.
    files: Vec<PathBuf>,
}

/// One entry of the list.
struct Flip {
    /// The default, in words.
    default: String,
    /// The name of the snapshot it is flipped in.
    template: String,
    /// Tool and rule of one finding that must be there then; otherwise nobody sees it.
    seen_by: Option<String>,
}

/// Writes a copy of a snapshot for each default, in which it is flipped.
pub(super) fn write(templates: &[PathBuf]) -> Result<Flips, String> {
    let list = tools::root().join("xtask/judges/flips.json");
    let text = fs::read_to_string(&list).map_err(|why| format!("{}: {why}", list.display()))?;
    let list: Value =
        serde_json::from_str(&text).map_err(|why| format!("xtask/judges/flips.json: {why}"))?;
    let folder = tools::folder().join("../flips");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut all = Flips {
        flips: Vec::new(),
        files: Vec::new(),
    };
    let entries = list["flips"].as_array().cloned().unwrap_or_default();
    for (n, entry) in (1..).zip(&entries) {
        let flip = Flip::read(entry)?;
        let told = |why: String| format!("xtask/judges/flips.json: {}: {why}", flip.default);
        let source = templates
            .iter()
            .find(|it| super::name(it) == flip.template)
            .ok_or_else(|| told(format!("there is no snapshot `{}`", flip.template)))?;
        let mut template = read(source).map_err(told)?;
        apply(&mut template, entry).map_err(told)?;
        let file = folder.join(format!("{PREFIX}{n}.json"));
        fs::write(&file, template.to_string())
            .map_err(|why| format!("{}: {why}", file.display()))?;
        all.flips.push(flip);
        all.files.push(file);
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|why| why.to_string())?;
    serde_json::from_str(&text).map_err(|why| why.to_string())
}

impl Flip {
    fn read(entry: &Value) -> Result<Flip, String> {
        let text = |key: &str| entry[key].as_str().map(str::to_owned);
        let has_reason = text("unseen").is_some_and(|it| it.trim().len() >= 10);
        if text("seen_by").is_some() == has_reason {
            return Err(format!(
                "xtask/judges/flips.json: say who sees it in `seen_by` or why nobody does in `unseen`: {entry}"
            ));
        }
        match (text("default"), text("in")) {
            (Some(default), Some(template)) => Ok(Flip {
                default,
                template,
                seen_by: text("seen_by"),
            }),
            _ => Err(format!(
                "xtask/judges/flips.json: `default` or `in` is missing: {entry}"
            )),
        }
    }
}

/// Changes the value at `at`, a JSON Pointer: to `to`, or with the members of `add`, or, with
/// neither, away.
pub(crate) fn apply(template: &mut Value, entry: &Value) -> Result<(), String> {
    let at = entry["at"].as_str().unwrap_or_default();
    let gone = || format!("there is nothing at `{at}`");
    let value = template.pointer_mut(at).ok_or_else(gone)?;
    if let Some(members) = entry["add"].as_object() {
        let object = value
            .as_object_mut()
            .ok_or_else(|| format!("`{at}` is no object"))?;
        object.extend(members.clone());
        return Ok(());
    }
    if let Some(to) = entry.get("to") {
        if value == to {
            return Err(format!("`{at}` is already {to}"));
        }
        *value = to.clone();
        return Ok(());
    }
    let (parent, key) = at.rsplit_once('/').ok_or_else(gone)?;
    match template.pointer_mut(parent) {
        Some(Value::Object(parent)) => drop(parent.remove(key)),
        Some(Value::Array(parent)) => {
            let n: usize = key.parse().map_err(|_| gone())?;
            parent.remove(n);
        }
        _ => return Err(gone()),
    }
    Ok(())
}

impl Flips {
    /// What these tools have to look at: what they are said to see, what is said to be unseen, and
    /// what nobody has said yet, which is `?`.
    pub(super) fn shown_to<'a>(&'a self, tools: &'a [&str]) -> impl Iterator<Item = &'a PathBuf> {
        let pairs = self.flips.iter().zip(&self.files);
        let shown = move |flip: &Flip| match &flip.seen_by {
            _ if tools.is_empty() => false,
            None => true,
            Some(by) if by == "?" => true,
            Some(by) => by.split(' ').next().is_some_and(|it| tools.contains(&it)),
        };
        pairs.filter_map(move |(flip, file)| shown(flip).then_some(file))
    }

    pub(super) fn holds(&self, finding: &Finding) -> bool {
        finding.template.starts_with(PREFIX)
    }

    /// How many are seen, once they are as the list says.
    pub(super) fn summary(&self) -> String {
        let by = |it: &&Flip| it.seen_by.as_deref().map(|it| it.starts_with("own "));
        let count = |who: Option<bool>| self.flips.iter().filter(|it| by(it) == who).count();
        format!(
            "flipped defaults: {}, seen by outside judges {}, by own rules {}, by none {} (declared)",
            self.flips.len(),
            count(Some(false)),
            count(Some(true)),
            count(None)
        )
    }

    /// What differs from what the list says.
    pub(super) fn compare(
        &self,
        snapshots: &BTreeSet<Finding>,
        flipped: &BTreeSet<Finding>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for (flip, file) in self.flips.iter().zip(&self.files) {
            let file = super::name(file);
            let same = |it: &Finding, other: &Finding| {
                (it.tool, &it.rule, &it.resource) == (other.tool, &other.rule, &other.resource)
            };
            let before = |it: &Finding| {
                snapshots
                    .iter()
                    .any(|old| old.template == flip.template && same(old, it))
            };
            let new: BTreeSet<String> = flipped
                .iter()
                .filter(|it| it.template == file && it.rule != UNUSED && !before(it))
                .map(|it| format!("{} {}", it.tool, it.rule))
                .collect();
            let list = new
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            match &flip.seen_by {
                Some(by) if !new.contains(by) => wrong.push(format!(
                    "flipped: {}: {by} does not see it; seen by: {list}",
                    flip.default
                )),
                None if !new.is_empty() => wrong.push(format!(
                    "flipped: {}: declared as unseen; seen by: {list}",
                    flip.default
                )),
                _ => {}
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flip_changes_adds_or_removes_and_fails_where_nothing_is() {
        let before = json!({ "Bucket": { "Rules": [{ "Open": false }, { "Open": false }] } });
        for (flip, after) in [
            (
                json!({ "at": "/Bucket/Rules/1/Open", "to": true }),
                Ok(json!({ "Bucket": { "Rules": [{ "Open": false }, { "Open": true }] } })),
            ),
            (
                json!({ "at": "/Bucket/Rules/0", "add": { "Public": true } }),
                Ok(
                    json!({ "Bucket": { "Rules": [{ "Open": false, "Public": true }, { "Open": false }] } }),
                ),
            ),
            (
                json!({ "at": "/Bucket/Rules/0" }),
                Ok(json!({ "Bucket": { "Rules": [{ "Open": false }] } })),
            ),
            (
                json!({ "at": "/Bucket/Rules" }),
                Ok(json!({ "Bucket": {} })),
            ),
            (
                json!({ "at": "/Bucket/Rules/2", "to": true }),
                Err("there is nothing at `/Bucket/Rules/2`"),
            ),
            (
                json!({ "at": "/Bucket/Rules/0/Open", "to": false }),
                Err("`/Bucket/Rules/0/Open` is already false"),
            ),
        ] {
            let mut template = before.clone();
            let result = apply(&mut template, &flip).map(|()| template);
            assert_eq!(result, after.map_err(str::to_owned), "{flip}");
        }
    }

    #[test]
    fn a_flip_is_shown_to_who_sees_it_and_to_all_while_nobody_is_known() {
        let seen_by = [Some("checkov CKV_1"), Some("own kept"), Some("?"), None];
        let flips = Flips {
            flips: Vec::from(seen_by.map(|it| Flip {
                default: "logs are kept".into(),
                template: "worker".into(),
                seen_by: it.map(str::to_owned),
            })),
            files: Vec::from(["1", "2", "3", "4"].map(PathBuf::from)),
        };
        let shown = |tools: &[&str]| flips.shown_to(tools).cloned().collect::<Vec<_>>();
        assert_eq!(shown(&["checkov"]), ["1", "3", "4"].map(PathBuf::from));
        assert_eq!(shown(&["guard", "own"]), ["2", "3", "4"].map(PathBuf::from));
        assert!(shown(&[]).is_empty());
    }

    #[test]
    fn a_flip_that_nobody_sees_and_an_unseen_one_that_somebody_sees_both_fail() {
        let finding = |template: &str| Finding {
            tool: "checkov",
            rule: "CKV_1".into(),
            template: template.into(),
            resource: "Log".into(),
            text: String::new(),
        };
        let flips = |seen_by: Option<&str>| Flips {
            flips: vec![Flip {
                default: "logs are kept".into(),
                template: "worker".into(),
                seen_by: seen_by.map(str::to_owned),
            }],
            files: vec![PathBuf::from("flips/flip-1.json")],
        };
        let (none, found) = (BTreeSet::new(), BTreeSet::from([finding("flip-1")]));
        let before = BTreeSet::from([finding("worker")]);
        for (seen_by, before, found, expected) in [
            (Some("checkov CKV_1"), &none, &found, true),
            (Some("checkov CKV_1"), &before, &found, false),
            (Some("checkov CKV_1"), &none, &none, false),
            (Some("checkov CKV_2"), &none, &found, false),
            (None, &none, &none, true),
            (None, &none, &found, false),
        ] {
            let wrong = flips(seen_by).compare(before, found);
            assert_eq!(wrong.is_empty(), expected, "{seen_by:?} {wrong:?}");
        }
    }
}
