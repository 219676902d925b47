//! Findings that are meant: which they are, and which of these words hold no longer.

use stack_core::build::{Accepted, Day};
use stack_core::{Severity, closest, wildcard};

use super::RULES;
use crate::finding::Finding;

/// The code of what is said about acceptances themselves.
pub(super) const CODE: &str = "acceptance";

/// Findings, apart from those that are meant.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// What stands, what is to be said of acceptances included.
    pub findings: Vec<Finding>,
    /// What is meant, each with the number of what says so.
    pub accepted: Vec<(Finding, usize)>,
}

/// Takes out what is meant. An acceptance whose last day has passed accepts nothing; one that
/// accepts nothing, or names no rule, is told of. Without a day, none has passed.
pub fn accept(findings: Vec<Finding>, acceptances: &[Accepted], today: Option<Day>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut used = vec![false; acceptances.len()];
    for finding in findings {
        let fits = |it: &Accepted| it.rule == finding.code && covers(&it.place, &finding);
        let number = acceptances
            .iter()
            .position(|it| fits(it) && !has_passed(it, today));
        if let Some(late) = acceptances.iter().position(fits) {
            used[late] = true;
        }
        match number {
            Some(number) => {
                used[number] = true;
                sorted.accepted.push((finding, number));
            }
            None => sorted.findings.push(finding),
        }
    }
    for (acceptance, used) in acceptances.iter().zip(used) {
        if let Some(message) = outdated(acceptance, used, today) {
            sorted.findings.push(Finding {
                stack: String::new(),
                place: acceptance.place.clone(),
                code: CODE,
                severity: Severity::Warning,
                message,
                witness: acceptance
                    .origin
                    .map(|it| format!("accepted at {it}"))
                    .into_iter()
                    .collect(),
                repair: Some("take it out, or mend it".to_owned()),
            });
        }
    }
    sorted
}

fn has_passed(acceptance: &Accepted, today: Option<Day>) -> bool {
    matches!((acceptance.until, today), (Some(until), Some(today)) if today > until)
}

fn outdated(it: &Accepted, used: bool, today: Option<Day>) -> Option<String> {
    let (rule, place) = (&it.rule, &it.place);
    if !RULES.iter().any(|known| known.code == rule) {
        let near = closest(rule, RULES.iter().map(|it| it.code));
        let hint = near.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
        return Some(format!(
            "there is no rule `{rule}` to accept at `{place}`{hint}"
        ));
    }
    if it.reason.trim().is_empty() {
        return Some(format!(
            "`{rule}` is accepted at `{place}` without a reason"
        ));
    }
    if has_passed(it, today)
        && used
        && let Some(until) = it.until
    {
        return Some(format!("`{rule}` was accepted at `{place}` until {until}"));
    }
    (!used).then(|| format!("`{rule}` finds nothing at `{place}` any more"))
}

/// `Shop/Edge` covers all of that resource, `Shop/*` all of that stack.
fn covers(pattern: &str, finding: &Finding) -> bool {
    let place = match finding.stack.as_str() {
        "" => finding.place.clone(),
        stack => format!("{stack}/{}", finding.place),
    };
    let ends = place
        .char_indices()
        .filter(|(_, it)| matches!(it, '.' | '/' | '['))
        .map(|it| it.0);
    ends.chain([place.len()])
        .any(|end| wildcard(pattern, &place[..end], |a, b| a == b))
}
