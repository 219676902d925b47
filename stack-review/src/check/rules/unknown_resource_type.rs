//! A resource type that CloudFormation does not have.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::schema;

pub(super) const RULE: Rule = Rule {
    code: "unknown-resource-type",
    severity: Severity::Error,
    page: include_str!("unknown_resource_type.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let unknown = stack.kinds().filter(|(kind, all)| {
        all.iter().all(|it| it.facts.is_none())
            && !kind.is_empty()
            && !kind.ends_with("::MODULE")
            && !kind.starts_with("Custom::")
    });
    let mut guesses = Guesses::new();
    for (kind, id) in unknown.flat_map(|(kind, all)| all.iter().map(move |it| (kind, it.view.id())))
    {
        let place = format!("{id}/Type");
        let near = guesses.closest(kind, schema::resource_types());
        let shaped = kind.split("::").count() == 3 && kind.split("::").all(|it| !it.is_empty());
        if !shaped {
            let repair = near.map_or_else(String::new, |it| format!("did you mean `{it}`?"));
            report.here(
                place,
                format!("{} is no resource type", quoted(kind)),
                repair,
            );
        } else if let Some(near) = near.filter(|_| kind.starts_with("AWS::")) {
            let message = format!("there is no resource type {}", quoted(kind));
            report.here(place, message, format!("did you mean `{near}`?"));
        } else {
            // A type that is newer than the facts, or that the account has registered itself.
            let message = format!("resource type {} is not known", quoted(kind));
            report.judged(Severity::Note, place, message, String::new());
        }
    }
}
