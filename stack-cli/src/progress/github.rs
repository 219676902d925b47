//! GitHub's runner: folded logs, annotations at lines, and the summary of a step.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use stack_deploy::diagnose::Certainty;
use stack_deploy::engine::End;

use super::layout::one_line;
use super::summary::Account;
use super::words;

/// Begins a folded part of the log.
pub(super) fn group(title: &str) -> String {
    format!("::group::{}\n", data(title))
}

/// Ends it.
pub(super) const END_GROUP: &str = "::endgroup::\n";

/// An annotation for each stack that did not succeed and for each doubt, at the line of the program
/// where that is known.
pub(super) fn annotations(account: &Account) -> String {
    let mut text = String::new();
    for outcome in &account.outcomes {
        let name = &outcome.stack;
        let skipped = matches!(outcome.end, End::Skipped { .. });
        if !words::is_good(&outcome.end) && !skipped {
            let diagnosis = account.diagnoses.get(name);
            let line = diagnosis.and_then(|it| it.line.as_deref());
            let message = match diagnosis {
                Some(it) if it.certainty == Certainty::Likely => {
                    format!("likely cause: {}", it.sentence)
                }
                Some(it) => it.sentence.clone(),
                None => words::end_in_full(&outcome.end),
            };
            let title = format!("{name}: {}", words::end(&outcome.end));
            text.push_str(&annotation("error", line, &title, &message));
        }
        for doubt in account.doubts.get(name).into_iter().flatten() {
            text.push_str(&annotation("warning", None, name, &doubt.to_string()));
        }
    }
    text
}

fn annotation(level: &str, line: Option<&str>, title: &str, message: &str) -> String {
    let place = line.and_then(|it| it.rsplit_once(':'));
    let place =
        place.map(|(file, line)| format!("file={},line={},", property(file), property(line)));
    format!(
        "::{level} {}title={}::{}\n",
        place.unwrap_or_default(),
        property(title),
        data(message)
    )
}

/// The text of a command: cleaned, as one line.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%25")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// What `$GITHUB_STEP_SUMMARY` shows, in Markdown.
pub(super) fn step_summary(account: &Account) -> String {
    let mut text = format!(
        "### {}\n\n| stack | outcome | time |\n|---|---|---|\n",
        cell(&account.total())
    );
    for outcome in &account.outcomes {
        let took = account.took.get(&outcome.stack);
        let took = took.map(|it| words::duration(*it)).unwrap_or_default();
        let end = words::end_in_full(&outcome.end);
        text.push_str(&format!(
            "| {} | {} | {took} |\n",
            cell(&outcome.stack),
            cell(&end)
        ));
    }
    for diagnosis in account.diagnoses.values() {
        text.push_str(&format!("\n**{}**: ", cell(&diagnosis.stack)));
        if diagnosis.certainty == Certainty::Likely {
            text.push_str("likely: ");
        }
        text.push_str(&cell(&diagnosis.sentence));
        if let Some(line) = &diagnosis.line {
            text.push_str(&format!(" ({})", cell(line)));
        }
        text.push_str("\n\n");
        for evidence in &diagnosis.evidence {
            let (place, said) = (cell(&evidence.place), cell(&evidence.text));
            text.push_str(&format!("- {} {place}: {said}\n", evidence.source));
        }
        for step in &diagnosis.next {
            match &step.command {
                // Four spaces make a block that nothing in it can end.
                Some(command) => text.push_str(&format!(
                    "\n{}:\n\n    {}\n",
                    cell(&step.what),
                    one_line(command)
                )),
                None => text.push_str(&format!("\nRepair: {}\n", cell(&step.what))),
            }
        }
    }
    text
}

/// Text that means nothing in Markdown and stays in its cell.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for it in one_line(text).chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => {
                out.push('\\');
                out.push(it);
            }
            _ => out.push(it),
        }
    }
    out
}
