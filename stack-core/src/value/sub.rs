//! `Fn::Sub` with a template that is checked while the program compiles.

use super::{Expr, Object, Text, Value};

/// Text with values in it (`Fn::Sub`): `${name}` stands for the argument `name`, `${AWS::Region}` and
/// the other pseudo parameters for themselves, `${!x}` for the text `${x}`.
///
/// A placeholder without an argument, an argument without a placeholder and an unclosed `${` do not
/// compile.
///
/// ```
/// use stack_core::prelude::*;
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let bucket = stack.add("Bucket", Raw::new("AWS::S3::Bucket"));
/// let arn: Value<String> = sub!("arn:${AWS::Partition}:s3:::${bucket}/*", bucket = bucket.reference());
/// ```
#[macro_export]
macro_rules! sub {
    ($template:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        const _: () = $crate::value::check_template($template, &[$(stringify!($name)),*]);
        $crate::value::substitute(
            $template,
            [$((
                stringify!($name),
                $crate::value::IntoValue::<String>::into_value($value).into_expr(),
            )),*],
        )
    }};
}

const PSEUDO: [&str; 7] = [
    "AWS::AccountId",
    "AWS::Region",
    "AWS::Partition",
    "AWS::URLSuffix",
    "AWS::StackName",
    "AWS::StackId",
    "AWS::NotificationARNs",
];

const fn same(text: &[u8], from: usize, to: usize, name: &str) -> bool {
    let name = name.as_bytes();
    if to - from != name.len() {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if text[from + at] != name[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn among(text: &[u8], from: usize, to: usize, names: &[&str]) -> Option<usize> {
    let mut at = 0;
    while at < names.len() {
        if same(text, from, to, names[at]) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Panics, while compiling, when placeholders and names do not match. Used by [`sub!`](crate::sub).
#[doc(hidden)]
#[allow(clippy::panic)]
pub const fn check_template(template: &str, names: &[&str]) {
    let text = template.as_bytes();
    let mut used = [false; 32];
    assert!(
        names.len() <= used.len(),
        "`sub!` takes at most 32 arguments"
    );
    let mut at = 0;
    while at + 1 < text.len() {
        if text[at] != b'$' || text[at + 1] != b'{' {
            at += 1;
            continue;
        }
        let from = at + 2;
        let mut to = from;
        while to < text.len() && text[to] != b'}' {
            to += 1;
        }
        assert!(
            to < text.len(),
            "`${{` has no closing `}}`; write `${{!` for a plain `${{`"
        );
        if from < to && text[from] == b'!' {
            at = to;
            continue;
        }
        match among(text, from, to, names) {
            Some(n) => used[n] = true,
            None => assert!(
                among(text, from, to, &PSEUDO).is_some(),
                "a `${{placeholder}}` has no argument of that name, and is no pseudo parameter"
            ),
        }
        at = to;
    }
    let mut n = 0;
    while n < names.len() {
        assert!(
            used[n],
            "an argument of `sub!` has no `${{placeholder}}` in the text"
        );
        n += 1;
    }
}

/// `Fn::Sub` of a checked template. Used by [`sub!`](crate::sub).
#[doc(hidden)]
pub fn substitute<const N: usize>(
    template: &'static str,
    values: [(&'static str, Expr); N],
) -> Value<String> {
    Value::from_expr(sub_expr(Expr::from(template), values.into_iter().collect()))
}

/// `Fn::Sub`, in its short form when there are no variables.
pub(crate) fn sub_expr(template: Expr, variables: Object) -> Expr {
    if variables.is_empty() {
        Expr::function("Fn::Sub", template)
    } else {
        Expr::function("Fn::Sub", [template, Expr::Object(variables)])
    }
}

/// A piece of a `Fn::Sub` template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it stands, `${!x}` escapes included.
    Text(&'a str),
    /// The inside of `${…}`.
    Placeholder(&'a str),
}

/// The pieces of a `Fn::Sub` template in order; a `${` that is never closed is text.
pub(crate) fn pieces(template: &str) -> Pieces<'_> {
    Pieces {
        rest: template,
        next: None,
    }
}

/// See [`pieces`].
pub(crate) struct Pieces<'a> {
    rest: &'a str,
    /// The placeholder after the text that was returned last.
    next: Option<&'a str>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.next.take() {
            return Some(Piece::Placeholder(name));
        }
        let text = self.rest;
        let mut from = 0;
        while let Some(open) = text[from..].find('$').map(|at| at + from) {
            from = open + 1;
            if !text[from..].starts_with('{') {
                continue;
            }
            let Some(close) = text[open..].find('}').map(|at| at + open) else {
                break;
            };
            if text[open + 2..].starts_with('!') {
                from = close + 1;
                continue;
            }
            let name = text[open + 2..close].trim();
            self.rest = &text[close + 1..];
            if open == 0 {
                return Some(Piece::Placeholder(name));
            }
            self.next = Some(name);
            return Some(Piece::Text(&text[..open]));
        }
        self.rest = "";
        (!text.is_empty()).then_some(Piece::Text(text))
    }
}

/// Text as it must stand in a `Fn::Sub` template to mean itself.
pub(crate) fn escape(text: &str) -> Text {
    if text.contains('$') {
        text.replace("${", "${!").into()
    } else {
        text.to_owned().into()
    }
}
