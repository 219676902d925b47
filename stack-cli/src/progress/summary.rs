//! What came of it: each stack, why it failed, what to do next, and all in one line.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_deploy::diagnose::{Certainty, Diagnosis, Evidence};
use stack_deploy::engine::{End, Exit, Outcome, Success, Warning};
use stack_deploy::observe::Doubt;

use super::words;

/// All that is known at the end of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// What came of the stacks, in the order in which they are shown.
    pub(crate) outcomes: Vec<Outcome>,
    /// Why those failed that did.
    pub(crate) diagnoses: BTreeMap<String, Diagnosis>,
    /// What is doubted of those that did not.
    pub(crate) doubts: BTreeMap<String, Vec<Doubt>>,
    /// How long each took.
    pub(crate) took: BTreeMap<String, Duration>,
    /// How long all together took.
    pub(crate) whole: Duration,
}

impl Account {
    /// The exit code of all together.
    pub(crate) fn exit(&self) -> Exit {
        Exit::of_all(self.outcomes.iter().map(|it| it.end.exit()))
    }

    /// The text for people. When only what went wrong is wanted, stacks that are well are left out.
    pub(super) fn text(&self, only_bad: bool) -> String {
        let mut text = String::new();
        for outcome in &self.outcomes {
            let doubts = self
                .doubts
                .get(&outcome.stack)
                .is_some_and(|it| !it.is_empty());
            if only_bad && words::is_good(&outcome.end) && !doubts {
                continue;
            }
            self.stack(outcome, &mut text);
        }
        if !only_bad || !text.is_empty() {
            text.push_str(&self.total());
            text.push('\n');
        }
        text
    }

    /// What a dry run found out: its changes were shown already.
    pub(super) fn dry_run(&self) -> String {
        let mut text = String::new();
        for outcome in &self.outcomes {
            let name = &outcome.stack;
            let line = match &outcome.end {
                End::Started => continue,
                End::Done(Success::NoChanges) => "nothing would change".to_owned(),
                End::Skipped { because_of } => {
                    format!("cannot be planned before `{because_of}` is deployed")
                }
                end => words::end_in_full(end),
            };
            text.push_str(&format!("{name}: {line}\n"));
        }
        text.push_str("a dry run: nothing was executed\n");
        text
    }

    /// `2 created, 1 rolled back in 4m 12s`.
    pub(super) fn total(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for outcome in &self.outcomes {
            let word = words::end(&outcome.end);
            match counts.iter_mut().find(|it| it.0 == word) {
                Some(it) => it.1 += 1,
                None => counts.push((word, 1)),
            }
        }
        let parts: Vec<String> = counts
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let took = words::duration(self.whole);
        match parts.is_empty() {
            true => format!("nothing to do, in {took}"),
            false => format!("{} in {took}", parts.join(", ")),
        }
    }

    fn stack(&self, outcome: &Outcome, text: &mut String) {
        let name = &outcome.stack;
        let took = self.took.get(name);
        let took = took.and_then(|it| words::took_in_words(&outcome.end, *it));
        let took = took.map(|it| format!(" {it}")).unwrap_or_default();
        line(
            text,
            &format!("{name}: {}{took}", words::end_in_full(&outcome.end)),
        );
        if let Some(diagnosis) = self.diagnoses.get(name) {
            self.diagnosis(diagnosis, text);
        }
        for doubt in self.doubts.get(name).into_iter().flatten() {
            line(text, &format!("  warning: {doubt}"));
        }
        for warning in outcome.warnings.iter().filter(|it| is_told_at_the_end(it)) {
            line(text, &format!("  warning: {}", words::warning(warning)));
        }
        for advice in &outcome.next {
            line(text, &format!("  next: `{advice}`"));
        }
    }

    fn diagnosis(&self, it: &Diagnosis, text: &mut String) {
        let of_stack = it.logical_id.is_empty();
        match it.certainty {
            Certainty::Known => line(text, &format!("  cause: {}", it.sentence)),
            Certainty::Likely => line(text, &format!("  likely cause: {}", it.sentence)),
            // The end says it already.
            Certainty::Unknown if of_stack => (),
            Certainty::Unknown => {
                line(text, "  cause: not known; AWS says:");
                line(text, &format!("    {}", it.sentence));
            }
        }
        if let Some(origin) = &it.line {
            line(text, &format!("  --> {origin}"));
        }
        // What only repeats the sentence adds nothing.
        let told = |evidence: &&Evidence| {
            !evidence.text.is_empty() && !it.sentence.ends_with(&evidence.text) && !of_stack
        };
        for evidence in it.evidence.iter().filter(told) {
            let time = evidence
                .time
                .map_or_else(|| "now".to_owned(), |it| it.to_string());
            let times = match evidence.times {
                1 => String::new(),
                times => format!(" ({times} times)"),
            };
            let Evidence {
                source,
                place,
                text: said,
                ..
            } = evidence;
            line(text, &format!("  {time} {source} {place}{times}: {said}"));
        }
        for step in &it.next {
            match &step.command {
                Some(command) => {
                    line(text, &format!("  next: {}:", step.what));
                    line(text, &format!("    {command}"));
                }
                None => line(text, &format!("  repair: {}", step.what)),
            }
        }
    }
}

/// What AWS says is in it, and never looks like a line of ours.
fn line(text: &mut String, it: &str) {
    text.push_str(&it.replace(['\n', '\r'], " "));
    text.push('\n');
}

/// Whether it matters after all is over.
fn is_told_at_the_end(warning: &Warning) -> bool {
    !matches!(
        warning,
        Warning::EventsIncomplete(_) | Warning::NoDeployedTemplate(_) | Warning::Slow(_)
    )
}
