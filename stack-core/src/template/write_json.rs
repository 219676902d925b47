//! Writing JSON for people: one canonical order, and lines that make small diffs.
//!
//! Two spaces a level. On one line stand: scalars, empty lists and objects, and, where they fit in
//! 88 columns, intrinsic functions and lists of scalars and intrinsic functions. Everything else has
//! a line per item: an object with a field that is no function always, so that one more field is
//! one more line.

use super::order::Place;
use crate::value::{Expr, Object, write_scalar, write_string};

/// A line is kept to so many columns (bytes, strictly) where there is a choice.
const WIDTH: usize = 88;

impl Expr {
    /// JSON for people, indented by two spaces, in the layout of
    /// [`Template::to_json`](crate::Template::to_json); no final newline.
    ///
    /// ```
    /// use stack_core::{Expr, Object};
    /// let group = Expr::function("Ref", Expr::from("Group"));
    /// let service = Object::from_iter([("Groups", Expr::from([group])), ("Port", Expr::Int(80))]);
    /// assert_eq!(
    ///     Expr::from(service).to_json_pretty(),
    ///     "{\n  \"Groups\": [{ \"Ref\": \"Group\" }],\n  \"Port\": 80\n}",
    /// );
    /// ```
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        Writer::new(&mut out).value(self, Place::Plain, 0);
        out
    }
}

/// Appends a whole template, with its final newline.
pub(super) fn write_template(root: &Object, out: &mut String) {
    let mut writer = Writer::new(out);
    writer.object(root, Place::Root, 0);
    out.push('\n');
}

struct Writer<'a> {
    out: &'a mut String,
    /// Where the current line begins.
    line: usize,
}

impl Writer<'_> {
    fn new(out: &mut String) -> Writer<'_> {
        let line = out.len();
        Writer { out, line }
    }

    fn newline(&mut self, depth: usize) {
        const BREAK: &str = "\n                                                                ";
        let start = self.out.len();
        self.line = start + 1;
        match BREAK.get(..1 + depth * 2) {
            Some(text) => self.out.push_str(text),
            None => {
                self.out.push_str(BREAK);
                let more = depth * 2 + 1 - BREAK.len();
                self.out.extend(std::iter::repeat_n(' ', more));
            }
        }
    }

    fn value(&mut self, expr: &Expr, place: Place, depth: usize) {
        match expr {
            Expr::List(items) if !self.fits(expr) => self.list(items, place, depth),
            Expr::Object(object) if object.len() > 1 || !self.fits(expr) => {
                self.object(object, place, depth);
            }
            // Written by `fits`.
            Expr::List(_) | Expr::Object(_) => {}
            Expr::Reference(it) => self.value(&it.within_stack(), place, depth),
            scalar => write_scalar(scalar, self.out),
        }
    }

    /// Writes it on the current line, if that is how it is laid out.
    fn fits(&mut self, expr: &Expr) -> bool {
        let before = self.out.len();
        // One column is left for the comma.
        let fits = self.inline(expr, self.line + WIDTH - 1);
        if !fits {
            self.out.truncate(before);
        }
        fits
    }

    fn list(&mut self, items: &[Expr], place: Place, depth: usize) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.newline(depth + 1);
            self.value(item, place.item(index), depth + 1);
        }
        self.newline(depth);
        self.out.push(']');
    }

    fn object(&mut self, object: &Object, place: Place, depth: usize) {
        if object.is_empty() {
            self.out.push_str("{}");
            return;
        }
        self.out.push('{');
        place.each_field(object, |index, name, value| {
            if index > 0 {
                self.out.push(',');
            }
            self.newline(depth + 1);
            write_string(name, self.out);
            self.out.push_str(": ");
            self.value(value, place.field(name), depth + 1);
        });
        self.newline(depth);
        self.out.push('}');
    }

    /// Writes it on the current line; `false`, with a part of it written, when that is not how it
    /// is laid out or the text would grow past `end`. Never costs more than a line.
    fn inline(&mut self, expr: &Expr, end: usize) -> bool {
        match expr {
            Expr::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    if !self.inline(item, end) {
                        return false;
                    }
                }
                self.out.push(']');
            }
            Expr::Object(object) if object.is_empty() => self.out.push_str("{}"),
            Expr::Object(object) => {
                let Some((name, argument)) = object.only() else {
                    return false;
                };
                if !is_function(name, argument) || name.len() + self.out.len() > end {
                    return false;
                }
                self.out.push_str("{ ");
                write_string(name, self.out);
                self.out.push_str(": ");
                if !self.inline(argument, end) {
                    return false;
                }
                self.out.push_str(" }");
            }
            Expr::Reference(it) => return self.inline(&it.within_stack(), end),
            Expr::String(text) | Expr::Dynamic(text) if text.len() + self.out.len() > end => {
                return false;
            }
            scalar => write_scalar(scalar, self.out),
        }
        self.out.len() <= end
    }
}

/// Whether `{name: argument}` calls an intrinsic function; `Condition` names a condition.
pub(super) fn is_function(name: &str, argument: &Expr) -> bool {
    name == "Ref"
        || name.starts_with("Fn::")
        || name == "Condition" && matches!(argument, Expr::String(_) | Expr::Reference(_))
}
