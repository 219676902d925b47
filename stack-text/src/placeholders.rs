//! One text with `{{placeholders}}`: handlebars without helpers, partials, blocks and HTML.

use std::collections::BTreeSet;

use handlebars::Handlebars;
use handlebars::template::{Parameter, Template, TemplateElement};
use serde_json::{Map, Value as Json};

use crate::source::offset_of;
use crate::values::is_name_part;

/// A text whose placeholders are known to be plain names.
#[derive(Debug)]
pub(crate) struct Text {
    template: Template,
    pieces: Vec<Piece>,
}

/// What a text consists of, in order.
#[derive(Debug)]
pub(crate) enum Piece {
    /// As it is.
    Plain(String),
    /// A name, and its byte in the text.
    Placeholder { name: String, offset: usize },
}

/// What is wrong with a text, and at which byte.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

const LITERAL_BRACES: &str = "braces that are meant as they are get a backslash: `\\{{`";
const NOT_ELSE: &str = "a name cannot begin with `else`, a word of the template language";
const ONLY_NAMES: &str = "a placeholder is a name in two pairs of braces, such as `{{image.tag}}`; \
                          there are no blocks, helpers, partials and `{{{`";

impl Text {
    /// Reads the placeholders of a text.
    pub(crate) fn parse(text: &str) -> Result<Text, Vec<Wrong>> {
        let template = Template::compile(text).map_err(|error| {
            let offset = error
                .pos()
                .map_or(0, |(line, column)| offset_of(text, line, column));
            // Where the grammar gave up lies behind the braces that it could not read.
            let offset = text
                .match_indices("{{")
                .map(|it| it.0)
                .take_while(|at| *at <= offset)
                .last()
                .unwrap_or(offset);
            vec![Wrong {
                offset,
                message: "these braces hold no placeholder".to_owned(),
                help: if text[offset..]
                    .trim_start_matches(['{', '~', ' '])
                    .starts_with("else")
                {
                    NOT_ELSE
                } else {
                    LITERAL_BRACES
                },
            }]
        })?;
        let mut pieces = Vec::new();
        let mut wrong = Vec::new();
        let mut open = 0;
        for (element, mapping) in template.elements.iter().zip(&template.mapping) {
            let offset = offset_of(text, mapping.0, mapping.1);
            match element {
                TemplateElement::RawString(plain) => {
                    if let Some(at) = closes_nothing(plain, &mut open) {
                        wrong.push(Wrong {
                            offset: offset + at,
                            message: "`}}` closes nothing".to_owned(),
                            help: "a placeholder is a name in two pairs of braces",
                        });
                    }
                    pieces.push(Piece::Plain(plain.clone()));
                }
                TemplateElement::Expression(it) if it.params.is_empty() && it.hash.is_empty() => {
                    match name_of(&it.name) {
                        Some(name) => pieces.push(Piece::Placeholder { name, offset }),
                        None => wrong.push(Wrong {
                            offset,
                            message: "this is no placeholder".to_owned(),
                            help: ONLY_NAMES,
                        }),
                    }
                }
                TemplateElement::Comment(_) => {}
                _ => wrong.push(Wrong {
                    offset,
                    message: "this is more than a placeholder".to_owned(),
                    help: ONLY_NAMES,
                }),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Text { template, pieces })
    }

    /// What it consists of.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The name, when the whole text is one placeholder.
    pub(crate) fn whole(&self) -> Option<&str> {
        match &self.pieces[..] {
            [Piece::Placeholder { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// Every placeholder and its byte.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.pieces.iter().filter_map(|it| match it {
            Piece::Placeholder { name, offset } => Some((name.as_str(), *offset)),
            Piece::Plain(_) => None,
        })
    }

    /// The text with every placeholder replaced by what `value` gives for it, which is put in as
    /// it is and never read again.
    pub(crate) fn render(&self, value: impl Fn(&str) -> String) -> Result<String, String> {
        let mut data = Json::Object(Map::new());
        for name in self.names().map(|it| it.0).collect::<BTreeSet<_>>() {
            put(&mut data, name, value(name));
        }
        engine(&self.template)
            .render("text", &data)
            .map_err(|error| error.to_string())
    }
}

/// The first `}}` for which no escaped `\\{{` stands before; `open` counts those.
fn closes_nothing(plain: &str, open: &mut usize) -> Option<usize> {
    let mut at = 0;
    while at < plain.len() {
        let rest = &plain.as_bytes()[at..];
        if rest.starts_with(b"{{") {
            *open += 1;
            at += 2;
        } else if rest.starts_with(b"}}") {
            *open = match open.checked_sub(1) {
                Some(less) => less,
                None => return Some(at),
            };
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// Strict, without HTML escaping, and without a single helper: a value may be named `len`.
fn engine(template: &Template) -> Handlebars<'static> {
    const BUILT_IN: [&str; 17] = [
        "if", "unless", "each", "with", "lookup", "raw", "log", "eq", "ne", "gt", "gte", "lt",
        "lte", "and", "or", "not", "len",
    ];
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(handlebars::no_escape);
    for name in BUILT_IN {
        engine.unregister_helper(name);
    }
    engine.register_template("text", template.clone());
    engine
}

fn put(data: &mut Json, name: &str, text: String) {
    let mut at = data;
    for part in name.split('.') {
        let Json::Object(map) = at else { return };
        at = map.entry(part).or_insert_with(|| Json::Object(Map::new()));
    }
    *at = Json::String(text);
}

fn name_of(parameter: &Parameter) -> Option<String> {
    let name = match parameter {
        Parameter::Name(_) | Parameter::Path(_) => parameter.as_name()?,
        _ => return None,
    };
    name.split('.').all(is_name_part).then(|| name.to_owned())
}
