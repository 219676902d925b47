//! ARNs as a template writes them, seen without evaluating anything.

use stack_core::Expr;

/// What a statement of a policy names.
pub(crate) enum Written<'a> {
    /// `*`
    Any,
    /// Begins with what a resource gives.
    Of {
        /// Its logical id.
        id: &'a str,
        /// The attribute; `None` for what `Ref` gives.
        attribute: Option<&'a str>,
        /// Whether a `/` follows.
        below: bool,
    },
    /// Written out, at least up to the name.
    Arn(Arn<'a>),
}

/// An ARN that is written out: `arn:aws:<service>:<region>:<account>:<rest>`.
#[derive(Default)]
pub(crate) struct Arn<'a> {
    pub(crate) service: &'a str,
    /// Whether a region stands there.
    pub(crate) region: bool,
    /// Whether an account stands there.
    pub(crate) account: bool,
    /// How the rest begins, up to what is not text.
    pub(crate) rest: &'a str,
    /// Whether a part of the rest is not text.
    pub(crate) open: bool,
    /// Whether the rest has a `/`.
    pub(crate) slash: bool,
    /// Whether the rest has a wildcard or a variable.
    pub(crate) wildcard: bool,
}

/// What an expression names; `None` where that takes a closer look.
pub(crate) fn written(expr: &Expr) -> Option<Written<'_>> {
    if expr.as_str() == Some("*") {
        return Some(Written::Any);
    }
    let parts = parts(expr)?;
    if let Some(Part::Given(Some((id, attribute)))) = parts.first() {
        let below = matches!(parts.get(1), Some(Part::Text(it)) if it.starts_with('/'));
        return Some(Written::Of {
            id,
            attribute: *attribute,
            below,
        });
    }
    arn(&parts).map(Written::Arn)
}

/// A part of a text that is put together.
enum Part<'a> {
    Text(&'a str),
    /// What a function gives; a reference is told.
    Given(Option<(&'a str, Option<&'a str>)>),
}

impl Part<'_> {
    fn of(expr: &Expr) -> Part<'_> {
        match expr {
            Expr::String(text) => Part::Text(text),
            other => Part::Given(other.refers_to()),
        }
    }
}

fn parts(expr: &Expr) -> Option<Vec<Part<'_>>> {
    if let Some(text) = expr.as_str() {
        return Some(vec![Part::Text(text)]);
    }
    if let Some(it) = expr.refers_to() {
        return Some(vec![Part::Given(Some(it))]);
    }
    match expr.intrinsic()? {
        ("Fn::Join", Expr::List(it)) => {
            let [Expr::String(between), Expr::List(parts)] = it.as_slice() else {
                return None;
            };
            between
                .is_empty()
                .then(|| parts.iter().map(Part::of).collect())
        }
        ("Fn::Sub", Expr::String(text)) => split(text),
        _ => None,
    }
}

/// The parts of what `Fn::Sub` is given.
fn split(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        // This one stands for itself.
        if name.starts_with('!') {
            return None;
        }
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let given = match name.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (name, None),
        };
        parts.push(Part::Given(Some(given)));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Some(parts)
}

fn arn<'a>(parts: &[Part<'a>]) -> Option<Arn<'a>> {
    let mut arn = Arn::default();
    // `arn`, partition, service, region, account, rest
    let mut field = 0;
    for part in parts {
        let mut text = match part {
            Part::Text(it) => *it,
            Part::Given(_) => {
                match field {
                    1 => (),
                    3 => arn.region = true,
                    4 => arn.account = true,
                    5 => arn.open = true,
                    _ => return None,
                }
                continue;
            }
        };
        while field < 5 {
            let (head, tail) = match text.split_once(':') {
                Some((head, tail)) => (head, Some(tail)),
                None => (text, None),
            };
            match field {
                0 if head != "arn" => return None,
                2 if tail.is_none() => return None,
                2 => arn.service = head,
                3 => arn.region |= !head.is_empty(),
                4 => arn.account |= !head.is_empty(),
                _ => (),
            }
            let Some(tail) = tail else { break };
            field += 1;
            text = tail;
        }
        if field == 5 {
            if arn.rest.is_empty() && !arn.open {
                arn.rest = text;
            }
            arn.slash |= text.contains('/');
            arn.wildcard |= text.contains(['*', '?', '$']);
        }
    }
    (field == 5).then_some(arn)
}

#[cfg(test)]
mod tests {
    use stack_core::Template;

    use super::{Written, written};

    fn of(json: &str) -> String {
        let text =
            format!(r#"{{"Resources": {{"It": {{"Type": "A::B::C", "Properties": {json}}}}}}}"#);
        let template = Template::parse(&text).unwrap();
        let it = template
            .resource("It")
            .unwrap()
            .attribute("Properties")
            .unwrap();
        match written(it) {
            None => "unclear".to_owned(),
            Some(Written::Any) => "any".to_owned(),
            Some(Written::Of {
                id,
                attribute,
                below,
            }) => format!("{id} {attribute:?} {below}"),
            Some(Written::Arn(it)) => format!(
                "{} {} {} `{}` {} {} {}",
                it.service, it.region, it.account, it.rest, it.open, it.slash, it.wildcard
            ),
        }
    }

    #[test]
    fn arns_are_seen_as_they_are_written() {
        for (json, seen) in [
            (r#""*""#, "any"),
            (r#""data""#, "unclear"),
            (
                r#""arn:aws:s3:::data/*""#,
                "s3 false false `data/*` false true true",
            ),
            (
                r#"{"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:1:parameter/${Name}"}"#,
                "ssm true true `parameter/` true true false",
            ),
            (
                r#"{"Fn::Join": ["", ["arn:aws:", {"Ref": "Service"}, ":eu-west-1:1:a"]]}"#,
                "unclear",
            ),
            (
                r#"{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":logs:", {"Ref": "AWS::Region"}, "::a:b"]]}"#,
                "logs true false `a:b` false false false",
            ),
            (
                r#"{"Fn::Join": [":", ["arn", "aws", "s3", "", "", "data"]]}"#,
                "unclear",
            ),
            (
                r#"{"Fn::GetAtt": ["Data", "Arn"]}"#,
                r#"Data Some("Arn") false"#,
            ),
            (
                r#"{"Fn::Sub": "${Data.Arn}/*"}"#,
                r#"Data Some("Arn") true"#,
            ),
            (r#"{"Ref": "Topic"}"#, "Topic None false"),
            (r#"{"Fn::Sub": "arn:aws:s3:::data/${!x}"}"#, "unclear"),
            (r#"{"Fn::ImportValue": "data"}"#, "unclear"),
        ] {
            assert_eq!(of(json), seen, "{json}");
        }
    }
}
