//! Findings, and what may be found.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

/// What a tool says of a resource of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) tool: &'static str,
    pub(super) rule: String,
    pub(super) template: String,
    pub(super) resource: String,
    /// The tool's own words, if it has some.
    pub(super) text: String,
}

impl Finding {
    fn told(&self) -> String {
        let text = format!(
            "{} {} {}/{} {}",
            self.tool, self.rule, self.template, self.resource, self.text
        );
        text.trim_end().to_owned()
    }
}

/// Complains of whatever these tools find.
pub(super) fn none_of(findings: &BTreeSet<Finding>, tools: &[&str]) -> Vec<String> {
    findings
        .iter()
        .filter(|it| tools.contains(&it.tool))
        .map(Finding::told)
        .collect()
}

/// Every pattern has a strict form, of which checkov finds nothing: no declaration is good for it.
/// A pattern that cannot have one says why.
pub(super) fn none_in_strict_forms(
    findings: &BTreeSet<Finding>,
    templates: &[PathBuf],
    declared: &Value,
) -> Vec<String> {
    let names: BTreeSet<String> = templates
        .iter()
        .filter(|it| it.parent().is_some_and(|it| it.ends_with("patterns")))
        .map(|it| super::name(it))
        .collect();
    let excused: BTreeSet<&str> = declared["without_strict_form"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["reason"].as_str().is_some_and(|it| it.len() >= 10))
        .filter_map(|it| it["pattern"].as_str())
        .collect();
    let patterns = names.iter().filter_map(|it| it.strip_suffix("-smallest"));
    let missing = patterns
        .filter(|it| names.contains(&format!("{it}-strict")) == excused.contains(it))
        .map(|it| {
            format!("snapshots/patterns has no `{it}-strict.json`, or it has and needs no excuse")
        });
    let found = findings
        .iter()
        .filter(|it| it.tool == "checkov" && it.template.ends_with("-strict"))
        .map(|it| format!("{}: a strict form has no finding of checkov", it.told()));
    missing.chain(found).collect()
}

/// A declared finding: tool, rule, resources (which may begin with `*`), reason.
fn covers(entry: &Value, finding: &Finding) -> bool {
    let field = |key: &str| entry[key].as_str().unwrap_or_default();
    let resource = field("resource");
    let fits = match resource.strip_prefix('*') {
        Some(end) => finding.resource.ends_with(end),
        None => finding.resource == resource,
    };
    field("tool") == finding.tool && field("rule") == finding.rule && fits
}

/// Complains of what is found and not declared, and of what is declared in vain.
pub(super) fn compare(findings: &BTreeSet<Finding>, declared: &Value) -> Vec<String> {
    let entries = declared["findings"].as_array().cloned().unwrap_or_default();
    let findings: Vec<&Finding> = findings
        .iter()
        .filter(|it| super::DECLARED.contains(&it.tool))
        .collect();
    let mut wrong: Vec<String> = findings
        .iter()
        .filter(|it| !entries.iter().any(|entry| covers(entry, it)))
        .map(|it| format!("{}: not declared in snapshots/findings.json", it.told()))
        .collect();
    for entry in &entries {
        if entry["reason"]
            .as_str()
            .is_none_or(|it| it.trim().len() < 10)
        {
            wrong.push(format!("snapshots/findings.json: no reason: {entry}"));
        }
        if !findings.iter().any(|it| covers(entry, it)) {
            wrong.push(format!(
                "snapshots/findings.json: nothing is found any more for {entry}"
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(template: &str, resource: &str) -> Finding {
        Finding {
            tool: "checkov",
            rule: "CKV_1".into(),
            template: template.into(),
            resource: resource.into(),
            text: String::new(),
        }
    }

    #[test]
    fn what_is_not_declared_and_what_is_declared_in_vain_both_fail() {
        let finding = |resource| finding("Shop", resource);
        let declared = |resource: &str, reason: &str| serde_json::json!({ "findings": [{ "tool": "checkov", "rule": "CKV_1", "resource": resource, "reason": reason }] });
        let good = "a reason that says why";
        for (found, declared, expected) in [
            (
                vec![finding("ApiLogGroup")],
                declared("*LogGroup", good),
                true,
            ),
            (
                vec![finding("ApiLogGroup")],
                declared("*Bucket", good),
                false,
            ),
            (
                vec![finding("ApiLogGroup"), finding("Edge")],
                declared("*LogGroup", good),
                false,
            ),
            (vec![], declared("*LogGroup", good), false),
            (
                vec![finding("ApiLogGroup")],
                declared("*LogGroup", ""),
                false,
            ),
        ] {
            let found: BTreeSet<Finding> = found.into_iter().collect();
            assert_eq!(
                compare(&found, &declared).is_empty(),
                expected,
                "{found:?} {declared}"
            );
        }
    }

    #[test]
    fn a_pattern_without_a_strict_form_and_a_strict_form_with_a_finding_both_fail() {
        let templates = |names: &[&str]| -> Vec<PathBuf> {
            let path = |it: &&str| PathBuf::from(format!("snapshots/patterns/{it}.json"));
            names.iter().map(path).collect()
        };
        let both = templates(&["worker-smallest", "worker-strict"]);
        let found = |name: &str| BTreeSet::from([finding(name, "Log")]);
        assert!(none_in_strict_forms(&found("worker-smallest"), &both, &Value::Null).is_empty());
        assert_eq!(
            none_in_strict_forms(&found("worker-strict"), &both, &Value::Null),
            ["checkov CKV_1 worker-strict/Log: a strict form has no finding of checkov"]
        );
        assert_eq!(
            none_in_strict_forms(
                &BTreeSet::new(),
                &templates(&["worker-smallest"]),
                &Value::Null
            )
            .len(),
            1
        );
        let excuse = serde_json::json!({ "without_strict_form": [{ "pattern": "worker", "reason": "it cannot have one" }] });
        let none = BTreeSet::new();
        assert!(none_in_strict_forms(&none, &templates(&["worker-smallest"]), &excuse).is_empty());
        assert_eq!(none_in_strict_forms(&none, &both, &excuse).len(), 1);
    }
}
