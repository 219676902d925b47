//! A lifecycle policy that ECR refuses.

use std::collections::BTreeSet;

use stack_core::{Expr, Object, Severity, Template};

use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "ecr-lifecycle-policy",
    severity: Severity::Error,
    page: include_str!("ecr_lifecycle_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for repository in stack.of("AWS::ECR::Repository") {
        let policy = repository.get("LifecyclePolicy.LifecyclePolicyText");
        let Some(text) = policy.text() else { continue };
        let Ok(document) = Template::from_json(text) else {
            report.at(
                &policy,
                "the lifecycle policy is no JSON",
                "an object with a list of `rules`",
            );
            continue;
        };
        let rules = document
            .root()
            .get("rules")
            .and_then(Expr::as_list)
            .unwrap_or_default();
        if rules.is_empty() {
            report.at(
                &policy,
                "the lifecycle policy has no `rules`",
                "an object with a list of `rules`",
            );
        }
        let mut priorities = BTreeSet::new();
        let objects = rules.iter().filter_map(Expr::as_object);
        for rule in objects.clone() {
            match number(rule.get("rulePriority")) {
                Some(it) if it < 1 => {
                    report.at(&policy, format!("a rule with priority {it}"), "1 or more")
                }
                Some(it) if !priorities.insert(it) => {
                    report.at(
                        &policy,
                        format!("two rules with priority {it}"),
                        "a priority of its own for each rule",
                    );
                }
                Some(_) => (),
                None => report.at(
                    &policy,
                    "a rule without `rulePriority`",
                    "a whole number, the least is first",
                ),
            }
            judge(&policy, rule, report);
        }
        let any: Vec<i64> = objects
            .filter(|it| status(it) == Some("any"))
            .filter_map(|it| number(it.get("rulePriority")))
            .collect();
        if let (Some(any), Some(last)) = (any.iter().max(), priorities.iter().max())
            && any < last
        {
            let message = format!(
                "the rule for `any` image has priority {any}, and there is one with \
                {last}"
            );
            report.at(
                &policy,
                message,
                "the rule for `any` image comes last: give it the highest priority",
            );
        }
    }
}

fn status(rule: &Object) -> Option<&str> {
    rule.get("selection")?
        .as_object()?
        .get("tagStatus")?
        .as_str()
}

fn number(expr: Option<&Expr>) -> Option<i64> {
    match expr? {
        Expr::Int(it) => Some(*it),
        _ => None,
    }
}

fn judge(policy: &View<'_, '_>, rule: &Object, report: &mut Report<'_>) {
    let priority = number(rule.get("rulePriority")).unwrap_or_default();
    let Some(selection) = rule.get("selection").and_then(Expr::as_object) else {
        report.at(
            policy,
            format!("rule {priority} has no `selection`"),
            "which images it is about",
        );
        return;
    };
    let given = |it: &str| {
        selection
            .get(it)
            .and_then(Expr::as_list)
            .is_some_and(|it| !it.is_empty())
    };
    let (prefixes, patterns) = (given("tagPrefixList"), given("tagPatternList"));
    let (message, repair) = match status(rule) {
        Some("tagged") if !prefixes && !patterns => {
            ("says no tags", "`tagPatternList` or `tagPrefixList`")
        }
        Some("tagged") if prefixes && patterns => {
            ("has prefixes and patterns of tags", "one of both")
        }
        Some("untagged" | "any") if prefixes || patterns => (
            "names tags and is about images without, or any",
            "`tagStatus` tagged",
        ),
        Some("tagged" | "untagged" | "any") => ("", ""),
        _ => ("has no `tagStatus`", "tagged, untagged or any"),
    };
    if !message.is_empty() {
        report.at(policy, format!("rule {priority} {message}"), repair);
    }
    let patterns = selection
        .get("tagPatternList")
        .and_then(Expr::as_list)
        .unwrap_or_default();
    for pattern in patterns.iter().filter_map(Expr::as_str) {
        if pattern.matches('*').count() > 4 {
            report.at(
                policy,
                format!("`{pattern}` has more than four `*`"),
                "four at most",
            );
        }
    }
    let unit = selection.get("countUnit").and_then(Expr::as_str);
    match selection.get("countType").and_then(Expr::as_str) {
        Some("imageCountMoreThan") if unit.is_some() => {
            report.at(
                policy,
                format!("rule {priority} counts images and has a `countUnit`"),
                "leave it out",
            );
        }
        Some("imageCountMoreThan") => (),
        Some(since) if since.starts_with("since") && unit != Some("days") => {
            report.at(
                policy,
                format!("rule {priority} counts time and does not say it is days"),
                "`countUnit` days",
            );
        }
        Some(since) if since.starts_with("since") => (),
        _ => report.at(
            policy,
            format!("rule {priority} has no `countType`"),
            "imageCountMoreThan or sinceImagePushed",
        ),
    }
    match number(selection.get("countNumber")) {
        Some(it) if it > 0 => (),
        _ => report.at(
            policy,
            format!("rule {priority} has no `countNumber` above 0"),
            "1 or more",
        ),
    }
    let action = rule
        .get("action")
        .and_then(Expr::as_object)
        .and_then(|it| it.get("type"))
        .and_then(Expr::as_str);
    if !matches!(action, Some("expire" | "transition")) {
        report.at(
            policy,
            format!("rule {priority} has no `action`"),
            "`{ \"type\": \"expire\" }`",
        );
    }
}
