//! Makes `Fn::Sub` as short as it can be: `${Cluster}` in the text instead of a variable that says
//! `Ref: Cluster`.

use crate::value::{Expr, Object, Piece, escape, pieces, sub_expr};

/// Inlines what can be inlined.
pub(super) fn simplify(expr: &mut Expr) {
    let Expr::Object(call) = &mut *expr else {
        return;
    };
    let Some(argument) = call.get_mut("Fn::Sub") else {
        return;
    };
    let (template, mut variables) = match std::mem::take(argument) {
        Expr::List(parts) => {
            let mut parts = parts.into_iter();
            match (parts.next(), parts.next()) {
                (Some(template), Some(Expr::Object(variables))) => (template, variables),
                (Some(template), None) => (template, Object::new()),
                (template, variables) => {
                    // No such thing as this; left for the checks to report.
                    *argument = Expr::List(template.into_iter().chain(variables).collect());
                    return;
                }
            }
        }
        text => (text, Object::new()),
    };
    let Some(text) = template.as_str() else {
        *argument = Expr::List(vec![template, Expr::Object(variables)]);
        return;
    };
    let mut kept = Object::new();
    let mut out = String::with_capacity(text.len() + 32);
    let mut placeholders = false;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(name) => {
                let value = variables.get(name);
                if let Some(inlined) = value.and_then(|it| inline(it, &mut out)) {
                    placeholders |= inlined == Inlined::Placeholder;
                    continue;
                }
                placeholders = true;
                placeholder(name, None, &mut out);
                if let Some(value) = variables.remove(name) {
                    kept.set(name.to_owned(), value);
                }
            }
        }
    }
    // Nothing around it: the value itself.
    let mut all = pieces(&out);
    if let (Some(Piece::Placeholder(only)), None) = (all.next(), all.next())
        && !kept.contains(only)
    {
        *expr = match only.split_once('.') {
            Some((id, attribute)) => {
                let path = [Expr::from(id.to_owned()), Expr::from(attribute.to_owned())];
                Expr::function("Fn::GetAtt", path)
            }
            None => Expr::function("Ref", Expr::from(only.to_owned())),
        };
        return;
    }
    *expr = if placeholders {
        sub_expr(Expr::String(out.into()), kept)
    } else {
        Expr::String(out.replace("${!", "${").into())
    };
}

/// What was written for a variable.
#[derive(PartialEq)]
enum Inlined {
    Text,
    Placeholder,
}

fn placeholder(id: &str, attribute: Option<&str>, out: &mut String) {
    out.push_str("${");
    out.push_str(id);
    if let Some(attribute) = attribute {
        out.push('.');
        out.push_str(attribute);
    }
    out.push('}');
}

/// Writes the value as a piece of a template, when it can be one.
fn inline(value: &Expr, out: &mut String) -> Option<Inlined> {
    if let Some((id, attribute)) = value.refers_to() {
        placeholder(id, attribute, out);
        return Some(Inlined::Placeholder);
    }
    match value {
        Expr::String(text) => {
            out.push_str(&escape(text));
            Some(Inlined::Text)
        }
        Expr::Int(number) => {
            out.push_str(&number.to_string());
            Some(Inlined::Text)
        }
        _ => match value.intrinsic()? {
            ("Fn::Sub", text) => {
                let text = text.as_str()?;
                out.push_str(text);
                let is_placeholder = |it| matches!(it, Piece::Placeholder(_));
                Some(if pieces(text).any(is_placeholder) {
                    Inlined::Placeholder
                } else {
                    Inlined::Text
                })
            }
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
