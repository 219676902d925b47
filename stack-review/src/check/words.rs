//! How messages name things.

/// `` `a`, `b` or `c` ``; of many, the first few.
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "or")
}

/// `` `a`, `b` and `c` ``; of many, the first few.
pub(crate) fn all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "and")
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    const MOST: usize = 8;
    let mut quoted: Vec<String> = names.into_iter().map(quoted).collect();
    let more = quoted.len().saturating_sub(MOST);
    if more > 0 {
        quoted.truncate(MOST);
        return format!("{} {last} {more} more", quoted.join(", "));
    }
    match quoted.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// The name that a word is certainly meant to be, in a list that AWS makes longer: case apart, one
/// place of it is off by two letters at most, or a piece is left out.
pub(crate) fn slip<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut names = names.into_iter();
    names.find(|name| {
        let (a, b) = (word.as_bytes(), name.as_bytes());
        let same = |it: &(&u8, &u8)| it.0.eq_ignore_ascii_case(it.1);
        let begin = a.iter().zip(b).take_while(same).count();
        let (a, b) = (&a[begin..], &b[begin..]);
        let end = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
        let (more, less) = (a.len() - end, b.len() - end);
        let most = if name.len() < 6 { 1 } else { 2 };
        let left_out = more == 0 && 2 * word.len() >= name.len();
        (more <= most && less <= most) || left_out
    })
}

/// Whether a name is made of letters and digits. All of it is looked at, many bytes at once.
pub(crate) fn is_alphanumeric(name: &str) -> bool {
    let bytes = name.bytes();
    bytes.fold(true, |all, it| all & it.is_ascii_alphanumeric())
}

/// A text of the user in backticks: on one line, not too long.
pub(crate) fn quoted(text: &str) -> String {
    let mut short = String::from("`");
    for (count, letter) in text.chars().enumerate() {
        match letter {
            _ if count == 60 => {
                short.push('…');
                break;
            }
            it if it.is_control() => short.extend(it.escape_default()),
            it => short.push(it),
        }
    }
    short.push('`');
    short
}

/// The repair of a name that is nearly another one.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match stack_core::closest(word, names) {
        Some(it) => format!("did you mean {}?", quoted(it)),
        None => String::new(),
    }
}

/// How often a rule looks for the name that was meant: comparing is slow, and a template with more
/// wrong names than this has other troubles.
#[derive(Debug)]
pub(crate) struct Guesses(u32);

impl Guesses {
    pub(crate) fn new() -> Guesses {
        Guesses(40)
    }

    /// The nearest name, as long as guesses are left.
    pub(crate) fn closest<'a>(
        &mut self,
        word: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        self.0 = self.0.checked_sub(1)?;
        stack_core::closest(word, names)
    }

    /// The repair of a name that is nearly another one.
    pub(crate) fn did_you_mean<'a>(
        &mut self,
        word: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> String {
        let found = self.closest(word, names);
        found.map_or_else(String::new, |it| format!("did you mean {}?", quoted(it)))
    }
}
