//! Scalars: text, numbers, truth values, each of which CloudFormation takes for the others.

use super::Check;
use crate::place::Place;
use crate::schema::model::Kind;
use crate::value::Expr;

/// Calls `use_it` with a scalar's text; lists and objects have none.
pub(super) fn with_text<T>(value: &Expr, use_it: impl FnOnce(&str) -> T) -> Option<T> {
    Some(match value {
        Expr::String(text) | Expr::Dynamic(text) | Expr::Decimal(text) => use_it(text),
        Expr::Bool(true) => use_it("true"),
        Expr::Bool(false) => use_it("false"),
        Expr::Int(number) => {
            let mut digits = Digits::default();
            use_it(digits.write(*number))
        }
        _ => return None,
    })
}

/// A whole number's text, without allocating.
#[derive(Default)]
struct Digits([u8; 20]);

impl Digits {
    fn write(&mut self, number: i64) -> &str {
        let mut at = self.0.len();
        let mut rest = number.unsigned_abs();
        loop {
            at -= 1;
            self.0[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            self.0[at] = b'-';
        }
        std::str::from_utf8(&self.0[at..]).unwrap_or_default()
    }
}

/// The number that a scalar stands for.
pub(super) fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Int(number) => Some(*number as f64),
        Expr::Decimal(text) | Expr::String(text) => {
            text.trim().parse::<f64>().ok().filter(|it| it.is_finite())
        }
        _ => None,
    }
}

/// Whether text is `true` or `false`, in one of the ways CloudFormation takes.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

impl Check<'_> {
    /// Whether a value is a scalar of this type; says so when it is not.
    pub(super) fn is_scalar(&mut self, kind: &Kind, value: &Expr, place: &Place<'_>) -> bool {
        let (fits, expected) = match kind {
            Kind::Integer => {
                let whole = match value {
                    Expr::Int(_) => true,
                    _ => number(value).is_some_and(|it| it.fract() == 0.0),
                };
                (whole, "a whole number")
            }
            Kind::Number => (number(value).is_some(), "a number"),
            Kind::Boolean => {
                let is = match value {
                    Expr::Bool(_) => true,
                    Expr::String(text) => truth(text).is_some(),
                    _ => false,
                };
                (is, "`true` or `false`")
            }
            _ => (!matches!(value, Expr::List(_) | Expr::Object(_)), "text"),
        };
        let is_set = !matches!(value, Expr::Null);
        if !fits && is_set {
            self.wrong_type(expected, value, place);
        }
        fits && is_set
    }
}
