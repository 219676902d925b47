//! The text of `Fn::Sub` and its parts.

/// A part of the text of `Fn::Sub`.
pub(super) enum Part<'t> {
    Text(&'t str),
    /// `${!Name}`, which stands for `${Name}`.
    Literal(&'t str),
    /// `${Name}`
    Name(&'t str),
}

/// The parts of the text of `Fn::Sub`.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else {
            break;
        };
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        let name = &rest[at + 2..at + end];
        parts.push(match name.strip_prefix('!') {
            Some(literal) => Part::Literal(literal),
            None => Part::Name(name.trim()),
        });
        rest = &rest[at + end + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}
