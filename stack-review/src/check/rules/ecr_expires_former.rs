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
        let Some(document) = policy
            .text()
            .filter(|_| moves)
            .and_then(|it| Template::from_json(it).ok())
        else {
            continue;
        };
        let rules = document
            .root()
            .get("rules")
            .and_then(Expr::as_list)
            .unwrap_or_default();
        let selections = rules
            .iter()
            .filter_map(|it| it.as_object()?.get("selection")?.as_object());
        // What a rule for its tags has looked at, a later rule leaves alone.
        let kept = selections
            .clone()
            .any(|it| it.get("tagStatus").and_then(Expr::as_str) == Some("tagged"));
        let mut said = [false; 2];
        for selection in selections {
            let text = |it: &str| selection.get(it).and_then(Expr::as_str);
            let (which, message) = match (text("tagStatus"), text("countType")) {
                (Some("untagged"), _) => (
                    0,
                    "tags of this repository move, and an image that lost its tag is deleted though \
                     tasks may run it",
                ),
                (Some("any"), Some("imageCountMoreThan")) if !kept => (
                    1,
                    "tags of this repository move, and an image is deleted by the time of its push \
                     though one may still name it",
                ),
                _ => continue,
            };
            if !std::mem::replace(&mut said[which], true) {
                let repair = "let deployed images keep a tag of their own, and a rule that keeps \
                    those";
                report.at(&policy, message, repair);
            }
        }
    }
}
