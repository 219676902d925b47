//! The combinations of a template, for a reader.

use std::fmt::Write;

use super::{Combination, combinations, resolved};
use crate::problem::Problem;
use crate::template::Template;
use crate::value::{Expr, Object};

/// Every reachable combination with arguments that bring it about, and what the template then has
/// more, less or otherwise than in the first one. The same template gives the same text.
///
/// # Errors
/// As [`combinations`].
pub fn report(template: &Template) -> Result<String, Problem> {
    let all = combinations(template)?;
    let mut text = format!("reachable combinations of conditions: {}\n", all.len());
    let mut first: Option<Template> = None;
    for (n, combination) in (1..).zip(&all) {
        let _ = write!(text, "\n{n}. {}\n", told(combination));
        for (name, value) in &combination.arguments {
            let _ = writeln!(text, "   {name} = {value}");
        }
        let resolved = resolved(template, combination);
        match &first {
            None => {
                let _ = writeln!(text, "   the one that others are compared with");
                first = Some(resolved);
            }
            Some(first) => {
                let before = text.len();
                let (old, new) = (first.root(), resolved.root());
                for section in ["Resources", "Outputs"] {
                    let empty = Expr::Object(Object::new());
                    let old = old.get(section).unwrap_or(&empty);
                    let new = new.get(section).unwrap_or(&empty);
                    compare("", old, new, &mut text);
                }
                if text.len() == before {
                    let _ = writeln!(text, "   no difference");
                }
            }
        }
    }
    Ok(text)
}

fn told(combination: &Combination) -> String {
    let conditions = combination.conditions.iter();
    let told: Vec<String> = conditions
        .map(|(name, holds)| match holds {
            true => name.clone(),
            false => format!("not {name}"),
        })
        .collect();
    match told.is_empty() {
        true => "no conditions".to_owned(),
        false => told.join(", "),
    }
}

/// A line for each difference, by resource and property.
fn compare(place: &str, old: &Expr, new: &Expr, text: &mut String) {
    if old == new {
        return;
    }
    match (old, new) {
        (Expr::Object(before), Expr::Object(after)) if old.intrinsic().is_none() => {
            let mut names: Vec<&str> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                // `Api.Properties.Count` reads better as `Api.Count`.
                let inner = match (place, name) {
                    ("", name) => name.to_owned(),
                    (place, "Properties") => place.to_owned(),
                    (place, name) => format!("{place}.{name}"),
                };
                field(&inner, before.get(name), after.get(name), text);
            }
        }
        (Expr::List(before), Expr::List(after)) => {
            for n in 0..before.len().max(after.len()) {
                field(&format!("{place}[{n}]"), before.get(n), after.get(n), text);
            }
        }
        _ => {
            let _ = writeln!(text, "   ~ {place}: {} → {}", old.to_json(), new.to_json());
        }
    }
}

fn field(place: &str, old: Option<&Expr>, new: Option<&Expr>, text: &mut String) {
    let _ = match (old, new) {
        (Some(old), Some(new)) => return compare(place, old, new, text),
        (None, Some(new)) => writeln!(text, "   + {place}: {}", short(new)),
        (Some(old), None) => writeln!(text, "   - {place}: {}", short(old)),
        (None, None) => Ok(()),
    };
}

/// A whole resource by its type, all else as it is.
fn short(it: &Expr) -> String {
    let kind = it.as_object().and_then(|it| it.get("Type"));
    match kind.and_then(Expr::as_str) {
        Some(kind) if kind.contains("::") => kind.to_owned(),
        _ => it.to_json(),
    }
}
