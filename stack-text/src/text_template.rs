//! A strict template of a script or a configuration file.

use std::collections::BTreeMap;

use stack_core::Problem;

use crate::escape::Escape;
use crate::placeholders::Text;
use crate::source::Place;
use crate::values::Values;
use stack_core::closest;

/// A text with `{{placeholders}}` in a language that says how values are made safe.
///
/// ```
/// use stack_text::{Escape, TextTemplate, Values};
///
/// let script = TextTemplate::parse("BRANCH={{branch}}\n", "boot.sh", Escape::Shell).unwrap();
/// let values = Values::from_pairs([("branch", "x'; rm -rf / #")], "--var").unwrap();
/// assert_eq!(script.render(&values).unwrap(), "BRANCH='x'\\''; rm -rf / #'\n");
/// ```
#[derive(Debug)]
pub struct TextTemplate {
    place: Place,
    text: Text,
    escape: Escape,
}

impl TextTemplate {
    /// Reads a template; `name` is what problems call it, usually its file.
    ///
    /// # Errors
    /// Braces that hold no plain placeholder, and placeholders that stand where no value can be
    /// made safe; each with line and column.
    pub fn parse(text: &str, name: &str, escape: Escape) -> Result<TextTemplate, Vec<Problem>> {
        let place = Place::start(name, text);
        let parsed = Text::parse(text).map_err(|wrong| -> Vec<Problem> {
            wrong
                .into_iter()
                .map(|it| {
                    Problem::error("template-syntax", it.message)
                        .at(place.at(it.offset).to_string())
                        .help(it.help)
                })
                .collect()
        })?;
        let misplaced: Vec<Problem> = escape
            .misplaced(parsed.pieces())
            .into_iter()
            .map(|it| {
                Problem::error("misplaced-placeholder", it.message)
                    .at(place.at(it.offset).to_string())
                    .help(it.help.replace("{{name}}", &format!("{{{{{}}}}}", it.name)))
            })
            .collect();
        if !misplaced.is_empty() {
            return Err(misplaced);
        }
        Ok(TextTemplate {
            place,
            text: parsed,
            escape,
        })
    }

    /// The names of its placeholders, sorted.
    pub fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.text.names().map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The text with the values in it.
    ///
    /// # Errors
    /// Placeholders without a value, values without a placeholder, values that cannot stand in
    /// this language.
    pub fn render(&self, values: &Values) -> Result<String, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut written = BTreeMap::new();
        for (name, offset) in self.text.names() {
            let place = self.place.at(offset);
            match values.get(name) {
                None => problems.push(unknown(name, &place, values)),
                Some(node) => match self.escape.write(node) {
                    Ok(text) => {
                        written.insert(name, text);
                    }
                    Err(why) => problems.push(
                        Problem::error(
                            "unsafe-value",
                            format!("the value of `{name}` cannot stand here: {why}"),
                        )
                        .at(place.to_string())
                        .help(format!("the value is given at {}", node.place)),
                    ),
                },
            }
        }
        problems.extend(unused(values, self.text.names().map(|it| it.0)));
        if !problems.is_empty() {
            return Err(problems);
        }
        self.text
            .render(|name| written.get(name).cloned().unwrap_or_default())
            .map_err(|why| vec![Problem::error("template", why).at(self.place.to_string())])
    }
}

/// A placeholder without a value.
pub(crate) fn unknown(name: &str, place: &Place, values: &Values) -> Problem {
    let names = values.names();
    let problem = Problem::error("unknown-placeholder", format!("`{name}` has no value"))
        .at(place.to_string());
    match closest(name, names.iter().map(String::as_str)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => problem.help("no values are given"),
        None => problem.help(format!("the values given are `{}`", names.join("`, `"))),
    }
}

/// The values that none of the placeholders uses.
pub(crate) fn unused<'a>(
    values: &Values,
    placeholders: impl Iterator<Item = &'a str>,
) -> Vec<Problem> {
    let placeholders: Vec<&str> = placeholders.collect();
    let within = |name: &str, group: &str| {
        name.strip_prefix(group)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let unused = values
        .leaves()
        .into_iter()
        .filter(|(name, _)| !placeholders.iter().any(|it| within(name, it)));
    unused
        .map(|(name, node)| {
            let problem = Problem::error("unused-value", format!("no placeholder uses `{name}`"))
                .at(node.place.to_string());
            match closest(&name, placeholders.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("remove it, or put its placeholder into the template"),
            }
        })
        .collect()
}
