//! Images expire with their age, also those that run.

use stack_core::{Expr, Severity, Template};

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ecr-expires-by-age",
    severity: Severity::Warning,
    page: include_str!("ecr_expires_by_age.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for repository in stack.of("AWS::ECR::Repository") {
        let policy = repository.get("LifecyclePolicy.LifecyclePolicyText");
        let Some(document) = policy.text().and_then(|it| Template::from_json(it).ok()) else {
            continue;
        };
        let rules = document
            .root()
            .get("rules")
            .and_then(Expr::as_list)
            .unwrap_or_default();
        // What a rule for its tags has looked at, the rule for any image leaves alone.
        let tagged = |it: &Expr| {
            let selection = it.as_object()?.get("selection")?.as_object()?;
            Some(selection.get("tagStatus")?.as_str()? == "tagged")
        };
        let kept = rules.iter().any(|it| tagged(it) == Some(true));
        for rule in rules.iter().filter_map(Expr::as_object) {
            let Some(selection) = rule.get("selection").and_then(Expr::as_object) else {
                continue;
            };
            let text = |it: &str| selection.get(it).and_then(Expr::as_str);
            let by_age = text("countType") == Some("sinceImagePushed");
            if by_age
                && let Some(status @ ("any" | "tagged")) = text("tagStatus")
                && !(kept && status == "any")
            {
                let days = match selection.get("countNumber") {
                    Some(Expr::Int(it)) => it.to_string(),
                    _ => "some".to_owned(),
                };
                let which = if status == "any" {
                    "every image"
                } else {
                    "every image with such a tag"
                };
                let message = format!(
                    "{which} is deleted {days} days after its push, and tasks that run \
                    it cannot be started again"
                );
                report.at(
                    &policy,
                    message,
                    "keep a number of images (imageCountMoreThan), or expire by \
                    sinceImagePulled",
                );
            }
        }
    }
}
