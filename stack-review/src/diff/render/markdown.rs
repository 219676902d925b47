//! Changes as Markdown, for a comment on a pull request.

use std::fmt::Write;

use super::lines::{summary, what};
use super::{Line, lines};
use crate::diff::{Action, Changes, StackChange};

/// What happens, in a table for each stack, with the details folded; empty when nothing changes.
pub fn markdown(changes: &Changes) -> String {
    let mut out = String::new();
    if changes.is_empty() {
        return out;
    }
    let _ = writeln!(out, "**{}**", summary(changes));
    let mut hazards = String::new();
    for (stack, id, hazard) in changes.hazards() {
        let place = [stack, id].into_iter().filter(|it| !it.is_empty());
        let place = place.collect::<Vec<_>>().join(".");
        let _ = writeln!(
            hazards,
            "> - `{place}`: {}; {}",
            plain(&hazard.message),
            plain(&hazard.repair)
        );
    }
    if !hazards.is_empty() {
        let _ = write!(out, "\n> [!WARNING]\n{hazards}");
    }
    for stack in &changes.stacks {
        table(stack, &mut out);
    }
    let _ = writeln!(out, "\n<details><summary>Every change</summary>\n\n```diff");
    for line in lines(changes).iter().skip(1) {
        let _ = writeln!(out, "{}", marked(line));
    }
    let _ = writeln!(out, "```\n\n</details>");
    out
}

fn table(stack: &StackChange, out: &mut String) {
    if !stack.name.is_empty() {
        let _ = writeln!(out, "\n### {}", stack.name);
    }
    if stack.resources.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n| | resource | type | what happens |\n|---|---|---|---|"
    );
    for it in &stack.resources {
        let symbol = match it.action {
            Action::Create => "➕",
            Action::Remove => "🗑️",
            Action::Replace | Action::MayReplace => "♻️",
            Action::Update | Action::Interrupt => "✏️",
            Action::Note => "·",
        };
        let _ = writeln!(
            out,
            "| {symbol} | `{}` | {} | {} |",
            it.id,
            plain(&it.kind),
            what(it)
        );
    }
}

/// Text that cannot become anything else in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '|' => out.push_str("\\|"),
            '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// A line as the language `diff` colours it: by its first character.
fn marked(line: &Line) -> String {
    let text: String = line.segments.iter().map(|it| it.text.as_str()).collect();
    // A fence in the text would end the block.
    let text = text.replace("```", "'''");
    let (mark, rest) = match text.split_once(' ') {
        Some((mark @ ("+" | "-"), rest)) => (mark, rest),
        Some(("±" | "±?" | "!", _)) => ("!", text.as_str()),
        _ => (" ", text.as_str()),
    };
    format!("{mark} {}{rest}", "  ".repeat(line.depth))
        .trim_end()
        .to_owned()
}
