//! What ran before a tag moved is deleted.

use stack_core::{Expr, Severity, Template};

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ecr-expires-former",
    severity: Severity::Note,
    page: include_str!("ecr_expires_former.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for repository in stack.of("AWS::ECR::Repository") {
        let mutability = repository.get("ImageTagMutability");
        let moves = mutability.is_absent() || mutability.text().is_some_and(|it| it != "IMMUTABLE");
        let policy = repository.get("LifecyclePolicy.LifecyclePolicyText");
        let Some(document) = policy.text().filter(|_| moves).and_then(|it| Template::from_json(it).ok()) else {
            continue;
        };
        let rules = document.root().get("rules").and_then(Expr::as_list).unwrap_or_default();
        let selections = rules.iter().filter_map(|it| it.as_object()?.get("selection")?.as_object());
        let untagged = selections.filter(|it| it.get("tagStatus").and_then(Expr::as_str) == Some("untagged")).count();
        if untagged > 0 {
            let message = "tags of this repository move, and an image that lost its tag is deleted though tasks may run it";
            report.at(&policy, message, "let deployed images keep a tag of their own, such as a date");
        }
    }
}
