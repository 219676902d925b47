//! Makes `Fn::Sub` as short as it can be: `${Cluster}` in the text instead of a variable that says
//! `Ref: Cluster`.

use std::collections::BTreeSet;

use crate::value::{Expr, Object, Piece, Text, escape, pieces, sub_expr};

/// Inlines what can be inlined, and returns the names of the variables that remain.
pub(super) fn simplify(expr: &mut Expr) -> BTreeSet<String> {
    let Expr::Object(call) = &mut *expr else {
        return BTreeSet::new();
    };
    let Some(argument) = call.get_mut("Fn::Sub") else {
        return BTreeSet::new();
    };
    let (template, variables) = match std::mem::take(argument) {
        Expr::List(parts) => {
            let mut parts = parts.into_iter();
            match (parts.next(), parts.next()) {
                (Some(template), Some(Expr::Object(variables))) => (template, variables),
                (Some(template), None) => (template, Object::new()),
                (template, variables) => {
                    // No such thing as this; left for the checks to report.
                    *argument = Expr::List(template.into_iter().chain(variables).collect());
                    return BTreeSet::new();
                }
            }
        }
        text => (text, Object::new()),
    };
    let Some(text) = template.as_str() else {
        *argument = Expr::List(vec![template, Expr::Object(variables)]);
        return BTreeSet::new();
    };
    let mut kept = Object::new();
    let mut out = String::with_capacity(text.len() + 32);
    let mut placeholders = false;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(name) => match variables.get(name).map(inlined) {
                Some(Some(inlined)) => {
                    placeholders |= pieces(&inlined).iter().any(is_placeholder);
                    out.push_str(&inlined);
                }
                Some(None) => {
                    placeholders = true;
                    if let Some(value) = variables.get(name) {
                        kept.set(name.to_owned(), value.clone());
                    }
                    out.push_str(&format!("${{{name}}}"));
                }
                None => {
                    placeholders = true;
                    out.push_str(&format!("${{{name}}}"));
                }
            },
        }
    }
    // Nothing around it: the value itself.
    if let [Piece::Placeholder(only)] = pieces(&out).as_slice()
        && !kept.contains(only)
    {
        *expr = match only.split_once('.') {
            Some((id, attribute)) => {
                let path = [Expr::from(id.to_owned()), Expr::from(attribute.to_owned())];
                Expr::function("Fn::GetAtt", path)
            }
            None => Expr::function("Ref", Expr::from((*only).to_owned())),
        };
        return BTreeSet::new();
    }
    let names = kept.keys().map(str::to_owned).collect();
    *expr = if placeholders {
        sub_expr(Expr::String(out.into()), kept)
    } else {
        Expr::String(out.replace("${!", "${").into())
    };
    names
}

fn is_placeholder(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Placeholder(_))
}

/// The value as a piece of a template, when it can be one.
fn inlined(value: &Expr) -> Option<Text> {
    if let Some((id, attribute)) = value.refers_to() {
        return Some(match attribute {
            Some(attribute) => format!("${{{id}.{attribute}}}").into(),
            None => format!("${{{id}}}").into(),
        });
    }
    match value {
        Expr::String(text) => Some(escape(text)),
        Expr::Int(number) => Some(number.to_string().into()),
        _ => match value.intrinsic()? {
            ("Fn::Sub", text) => Some(text.as_str()?.to_owned().into()),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::simplify;
    use crate::value::{Expr, Object, sub_expr};

    fn reference(id: &'static str) -> Expr {
        Expr::function("Ref", id)
    }

    #[test]
    fn a_variable_becomes_part_of_the_text_where_it_can() {
        let joined = Expr::function("Fn::Join", [Expr::from("-"), Expr::List(vec![])]);
        let arn = Expr::function("Fn::GetAtt", [Expr::from("Role"), Expr::from("Arn")]);
        for (template, variable, expected) in [
            ("x/${it}", reference("Vpc"), r#"{"Fn::Sub":"x/${Vpc}"}"#),
            ("${it}/*", arn, r#"{"Fn::Sub":"${Role.Arn}/*"}"#),
            ("a-${it}", Expr::from("b"), r#""a-b""#),
            ("${it}", reference("Vpc"), r#"{"Ref":"Vpc"}"#),
            ("a-${it}", Expr::Int(3), r#""a-3""#),
            (
                "${it}${AWS::Region}",
                Expr::from("${x}"),
                r#"{"Fn::Sub":"${!x}${AWS::Region}"}"#,
            ),
            ("${!keep}${it}", Expr::from("b"), r#""${keep}b""#),
            (
                "${it}",
                joined,
                r#"{"Fn::Sub":["${it}",{"it":{"Fn::Join":["-",[]]}}]}"#,
            ),
        ] {
            let mut expr = sub_expr(Expr::from(template), Object::single("it", variable));
            simplify(&mut expr);
            assert_eq!(expr.to_json(), expected, "{template}");
        }
    }
}
