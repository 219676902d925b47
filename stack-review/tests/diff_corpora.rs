//! A second opinion: what `@aws-cdk/cloudformation-diff` says of consecutive versions of real
//! templates. Every disagreement has its reason in `diff_disagreements.txt`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use stack_core::Template;
use stack_review::diff::{Action, ChangeKind, Effect, Options, ResourceChange, compare, render};

fn corpora() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("STACK_CORPORA")
        .map_or_else(|| root.join("../shared/corpora"), PathBuf::from)
        .join("diff-pairs");
    if folder.join("expected.json").is_file() {
        return Some(folder);
    }
    println!(
        "ignored: there are no pairs of templates in `{}`",
        folder.display()
    );
    None
}

fn pairs(folder: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let pairs = all["pairs"].as_object().unwrap();
    pairs
        .iter()
        .map(|(name, it)| (name.clone(), it.clone()))
        .collect()
}

fn template(folder: &Path, name: &Value) -> Option<Template> {
    let text = std::fs::read_to_string(folder.join(name.as_str().unwrap())).unwrap();
    Template::parse(&text).ok()
}

/// Every template of a set that can be read, with its name.
fn templates(set: &str) -> Vec<(String, Template)> {
    let Some(folder) = corpora() else {
        return Vec::new();
    };
    let files = std::fs::read_dir(folder.join("..").join(set)).unwrap();
    let mut all: Vec<(String, Template)> = files
        .map(|it| it.unwrap().path())
        .filter(|it| it.file_name().is_some_and(|it| it != "expected.json"))
        .filter_map(|it| {
            let template = Template::parse(&std::fs::read_to_string(&it).unwrap()).ok()?;
            Some((
                it.file_name().unwrap().to_string_lossy().into_owned(),
                template,
            ))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// What we say, in the words of the other tool.
fn word(change: &ResourceChange) -> &'static str {
    match (change.action, change.certain) {
        (Action::Note, _) => "NO_CHANGE",
        (Action::Create, _) => "WILL_CREATE",
        (Action::Remove, _) => "WILL_DESTROY",
        (Action::Replace, true) => "WILL_REPLACE",
        (Action::Replace, false) | (Action::MayReplace, _) => "MAY_REPLACE",
        (Action::Update | Action::Interrupt, true) => "WILL_UPDATE",
        (Action::Update | Action::Interrupt, false) => "MAY_UPDATE",
    }
}

/// Why we say something else; each is explained at the top of the file of disagreements.
fn reason(theirs: &str, ours: &str, id: &str, change: Option<&ResourceChange>) -> &'static str {
    let Some(change) = change else {
        return if id.starts_with("Fn::") {
            "loop"
        } else {
            "same-meaning"
        };
    };
    let properties = || change.properties.iter();
    let own = || properties().filter(|it| it.kind != ChangeKind::Follows);
    let comes_or_goes = matches!(change.action, Action::Create | Action::Remove);
    if comes_or_goes && !change.conditions.is_empty() {
        return "condition";
    }
    if ours == "NO_CHANGE" {
        return "beside";
    }
    if change.kind.starts_with("AWS::Serverless::") && theirs == "WILL_REPLACE" {
        return "serverless";
    }
    if own().any(|it| {
        it.because
            .as_ref()
            .is_some_and(|it| it.contains("instance store"))
    }) {
        return "instance-store";
    }
    if own().any(|it| it.when.as_ref().is_some_and(|it| it.starts_with("where"))) {
        return "default";
    }
    if theirs == "NONE" && own().any(|it| it.entry.is_some() || it.when.is_some()) {
        return "elsewhere";
    }
    if properties().next().is_some() && own().next().is_none() {
        return "follows";
    }
    if own().any(|it| it.when.is_some()) && ours.starts_with("MAY") {
        return "depends";
    }
    if own().any(|it| it.effect == Effect::MayReplace) {
        return "open";
    }
    if own().any(|it| it.effect == Effect::Replace && it.path.contains('.')) {
        return "nested";
    }
    if properties().any(|it| it.effect == Effect::Replace && it.kind == ChangeKind::Follows) {
        return "follows";
    }
    if own().all(|it| it.effect <= Effect::Interrupt) && theirs == "WILL_REPLACE" {
        return "in-place-parts";
    }
    "other"
}

#[test]
fn every_disagreement_with_the_second_opinion_is_explained() {
    let Some(folder) = corpora() else { return };
    let mut said = String::new();
    let (mut agreed, mut disagreed, mut unread) = (0, 0, 0);
    let mut spent = Duration::ZERO;
    for (name, pair) in pairs(&folder) {
        let (Some(old), Some(new)) = (
            template(&folder, &pair["old_file"]),
            template(&folder, &pair["new_file"]),
        ) else {
            unread += 1;
            writeln!(said, "{name}\n  unread").unwrap();
            continue;
        };
        let start = Instant::now();
        let changes = compare(&old, &new, &Options::default());
        spent += start.elapsed();
        let resources = changes.stacks.first().map(|it| it.resources.as_slice());
        let resources = resources.unwrap_or_default();
        let ours: BTreeMap<&str, &ResourceChange> =
            resources.iter().map(|it| (it.id.as_str(), it)).collect();
        let theirs = pair["cdk_diff"].as_object().unwrap();
        let ids: BTreeSet<&str> = ours
            .keys()
            .copied()
            .chain(theirs.keys().map(String::as_str))
            .collect();
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for id in ids {
            let change = ours.get(id).copied();
            let mine = change.map_or("NONE", word);
            let other = theirs
                .get(id)
                .map_or("NONE", |it| it["impact"].as_str().unwrap());
            if mine == other {
                agreed += 1;
                continue;
            }
            disagreed += 1;
            let reason = reason(other, mine, id, change);
            *reasons
                .entry(format!("{reason} {other} {mine}"))
                .or_default() += 1;
        }
        if pair["format_only"] == true {
            assert!(changes.is_empty(), "{name}: {changes:#?}");
        }
        if !reasons.is_empty() {
            writeln!(said, "{name}").unwrap();
            for (reason, n) in reasons {
                writeln!(said, "  {n} {reason}").unwrap();
            }
        }
    }
    println!("{agreed} agreed, {disagreed} disagreed, {unread} pairs unread, {spent:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff_disagreements.txt");
    let file = std::fs::read_to_string(&path).unwrap();
    let (reasons, list) = file.split_once("\n---\n").unwrap();
    for line in said.lines().filter_map(|it| it.strip_prefix("  ")) {
        let reason = line
            .split(' ')
            .find(|it| it.parse::<usize>().is_err())
            .unwrap();
        let explained = reasons
            .lines()
            .any(|it| it.starts_with(&format!("{reason}: ")));
        assert!(explained, "`{reason}` is not explained");
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, format!("{reasons}\n---\n{said}")).unwrap();
    } else {
        assert_eq!(
            list, said,
            "read what changed; UPDATE_SNAPSHOTS=1 writes it"
        );
    }
}

#[test]
fn no_real_template_differs_from_itself_or_takes_long() {
    let mut slowest = (Duration::ZERO, String::new());
    let (mut count, mut all) = (0, Duration::ZERO);
    for set in [
        "cdk-integ",
        "containers",
        "lint-good",
        "lint-bad",
        "lint-unit",
    ] {
        let templates = templates(set);
        for (n, (name, template)) in templates.iter().enumerate() {
            let options = Options::default();
            assert!(
                compare(template, template, &options).is_empty(),
                "{set} {name}"
            );
            let yaml = Template::from_yaml(&template.to_yaml()).unwrap();
            assert!(
                compare(template, &yaml, &options).is_empty(),
                "{set} {name}"
            );
            // Strangers have nothing in common, and still there is an answer.
            let (_, other) = &templates[(n + 1) % templates.len()];
            let start = Instant::now();
            let changes = compare(template, other, &options);
            let spent = start.elapsed();
            render::text(&changes);
            count += 1;
            all += spent;
            if spent > slowest.0 {
                slowest = (spent, name.clone());
            }
        }
    }
    println!("{count} comparisons in {all:?}; slowest {slowest:?}");
    // Without optimization, on a busy machine; optimized it is less than a tenth.
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn a_template_in_json_and_in_yaml_is_the_same_template() {
    let twins = templates("twins");
    let stem = |it: &str| it.rsplit_once('.').map(|it| it.0.to_owned());
    let (mut same, mut pairs) = (0, 0);
    for pair in twins.windows(2) {
        let [(a, old), (b, new)] = pair else { continue };
        if stem(a) != stem(b) {
            continue;
        }
        pairs += 1;
        let options = Options {
            without_metadata: true,
        };
        let changes = compare(old, new, &options);
        same += usize::from(changes.is_empty());
        // Equal trees are equal to us.
        if old == new {
            assert!(changes.is_empty(), "{a}");
        }
    }
    println!("{same} of {pairs} twins mean the same");
}
