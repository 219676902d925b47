//! Which stacks a command is about: names and globs from the command line.

use std::collections::BTreeSet;

use stack_core::{Assembly, Problem, closest, wildcard};

use crate::stop::Stop;

/// How many names a message lists before it says `…`.
const SHOWN: usize = 5;

/// The names the patterns mean; every stack when there are no patterns.
///
/// # Errors
/// When a pattern means no stack of the app; each one is told.
pub(crate) fn select(
    assembly: &Assembly,
    patterns: &[String],
) -> Result<BTreeSet<&'static str>, Stop> {
    let names = || assembly.stacks().map(|it| it.name);
    if patterns.is_empty() {
        return Ok(names().collect());
    }
    let mut selected = BTreeSet::new();
    let mut problems = Vec::new();
    for pattern in patterns {
        let mut found = names().filter(|it| matches(pattern, it)).peekable();
        if found.peek().is_none() {
            problems.push(unknown(pattern, assembly));
        }
        selected.extend(found);
    }
    if problems.is_empty() {
        Ok(selected)
    } else {
        Err(Stop::Usage(problems))
    }
}

/// Adds every stack that one of the selected takes values from, directly or through others.
pub(crate) fn with_producers(
    assembly: &Assembly,
    selected: &BTreeSet<&'static str>,
) -> BTreeSet<&'static str> {
    let mut all = selected.clone();
    // In reverse deployment order a stack comes before all it takes values from.
    for name in assembly.order().iter().rev() {
        if all.contains(name) {
            all.extend(producers(assembly, name));
        }
    }
    all
}

/// The stacks that a stack takes values from, once for each value.
pub(crate) fn producers(assembly: &Assembly, stack: &str) -> impl Iterator<Item = &'static str> {
    let wiring = assembly.wiring();
    let first = wiring.partition_point(|it| it.stack < stack);
    let own = wiring[first..]
        .iter()
        .take_while(move |it| it.stack == stack);
    own.map(|it| it.from_stack)
}

fn unknown(pattern: &str, assembly: &Assembly) -> Problem {
    let names = || assembly.stacks().map(|it| it.name);
    let message = if pattern.contains('*') {
        format!("no stack of the app matches `{pattern}`")
    } else {
        format!("the app has no stack `{pattern}`")
    };
    let help = match closest(pattern, names()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if names().len() == 0 => "the app has no stacks".to_owned(),
        None => format!("its stacks are {}", enumerate(names())),
    };
    Problem::error("unknown-stack", message).help(help)
}

/// `` `A`, `B` and 3 more ``.
pub(crate) fn enumerate<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).map(|it| format!("`{it}`")).collect();
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}

/// Whether a name is what a pattern says, where `*` stands for any number of any characters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    wildcard(pattern, name, |a, b| a == b)
}

#[cfg(test)]
mod tests {
    use super::enumerate;

    #[test]
    fn long_lists_are_cut() {
        let names = ["A", "B", "C", "D", "E", "F", "G"];
        assert_eq!(enumerate(names[..2].iter().copied()), "`A`, `B`");
        assert_eq!(
            enumerate(names.iter().copied()),
            "`A`, `B`, `C`, `D`, `E` and 2 more"
        );
    }
}
