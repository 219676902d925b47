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
