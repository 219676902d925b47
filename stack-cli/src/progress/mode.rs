//! How progress is shown.

/// How progress is shown, as the user says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    // No documentation comments: the help of every command would show them.
    #[default]
    Auto,
    Tree,
    Lines,
    Json,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A tree that is drawn anew: for people at a terminal.
    Tree,
    /// A line for each change.
    Lines,
    /// A record for each change.
    Json,
    /// Only what went wrong, at the end.
    Quiet,
}

impl Choice {
    /// What fits: a tree for somebody who watches it, else lines. A terminal that cannot move its
    /// cursor gets lines whatever is said.
    pub(super) fn mode(
        self,
        quiet: bool,
        is_terminal: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Mode {
        let is = |name: &str| variable(name).is_some_and(|it| !it.is_empty() && it != "false");
        let can_draw = is_terminal && variable("TERM").as_deref() != Some("dumb");
        match self {
            Choice::Json => Mode::Json,
            _ if quiet => Mode::Quiet,
            Choice::Tree if can_draw => Mode::Tree,
            Choice::Auto if can_draw && !is("CI") => Mode::Tree,
            Choice::Auto | Choice::Tree | Choice::Lines => Mode::Lines,
        }
    }
}

/// Whether the locale's characters are Unicode.
pub(super) fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let locale = locale.filter_map(&variable).find(|it| !it.is_empty());
    locale.is_some_and(|it| {
        let it = it.to_ascii_lowercase();
        it.contains("utf-8") || it.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Mode, is_unicode};

    fn variables<'a>(all: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = all.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        }
    }

    #[test]
    fn a_tree_is_for_somebody_who_watches_it() {
        use Choice::{Auto, Json, Lines, Tree};
        for (choice, quiet, is_terminal, set, mode) in [
            (Auto, false, true, &[][..], Mode::Tree),
            (Auto, false, false, &[], Mode::Lines),
            (Auto, false, true, &[("CI", "true")], Mode::Lines),
            (Auto, false, true, &[("CI", "false")], Mode::Tree),
            (Auto, false, true, &[("TERM", "dumb")], Mode::Lines),
            (Auto, true, true, &[], Mode::Quiet),
            (Tree, false, true, &[("CI", "true")], Mode::Tree),
            (Tree, false, false, &[], Mode::Lines),
            (Tree, false, true, &[("TERM", "dumb")], Mode::Lines),
            (Lines, false, true, &[], Mode::Lines),
            (Json, false, true, &[], Mode::Json),
            (Json, true, false, &[], Mode::Json),
        ] {
            let found = choice.mode(quiet, is_terminal, variables(set));
            assert_eq!(found, mode, "{choice:?} {quiet} {is_terminal} {set:?}");
        }
    }

    #[test]
    fn unicode_is_used_where_the_locale_has_it() {
        for (set, expected) in [
            (&[("LANG", "de_DE.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "")], true),
            (&[("LANG", "C")], false),
            (&[], false),
        ] {
            assert_eq!(is_unicode(variables(set)), expected, "{set:?}");
        }
    }
}
