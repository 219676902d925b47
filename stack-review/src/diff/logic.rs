//! What conditions come to: `true`, `false`, or what they depend on.

use std::borrow::Cow;

use stack_core::Expr;

use super::node::Node;
use super::normal::DEPTH;
use super::side::Side;
use super::verdict::{Verdict, verdict};

impl<'a> Side<'_, 'a> {
    /// What the body of a condition comes to.
    pub(super) fn logic(&self, expr: &'a Expr, depth: u32) -> Node<'a> {
        let truth = |it: bool| Node::Text(Cow::Borrowed(if it { "true" } else { "false" }));
        if depth > DEPTH {
            return Node::Call("?", Box::new(Node::Absent));
        }
        if let Expr::Object(object) = expr
            && let Some(("Condition", name)) = object.only()
            && let Some(name) = name.as_str()
        {
            return self.condition(name, depth);
        }
        let Some((name, Expr::List(arguments))) = expr.intrinsic() else {
            return self.normal(expr, depth);
        };
        let parts = || arguments.iter().map(|it| self.logic(it, depth + 1));
        match name {
            "Fn::Equals" => match arguments.as_slice() {
                [a, b] => {
                    let (a, b) = (self.normal(a, depth), self.normal(b, depth));
                    match verdict(&a, &b, None) {
                        Verdict::Same => truth(true),
                        Verdict::Differs => truth(false),
                        Verdict::Perhaps(_) => {
                            // Which side is which means nothing.
                            let sides = if a.text().is_some() { [b, a] } else { [a, b] };
                            Node::Call(name, Box::new(Node::List(sides.into())))
                        }
                    }
                }
                _ => self.normal(expr, depth),
            },
            "Fn::Not" => match parts().next() {
                Some(Node::Text(it)) => truth(it == "false"),
                Some(Node::Call("Fn::Not", inner)) => *inner,
                Some(other) => Node::Call(name, Box::new(other)),
                None => truth(false),
            },
            "Fn::And" | "Fn::Or" => {
                // What decides, and what counts for nothing.
                let (decides, nothing) = match name {
                    "Fn::And" => ("false", "true"),
                    _ => ("true", "false"),
                };
                let mut open: Vec<Node<'a>> = Vec::new();
                for part in parts() {
                    match part.text() {
                        Some(it) if it == decides => return truth(decides == "true"),
                        Some(_) => (),
                        None if open.contains(&part) => (),
                        None => open.push(part),
                    }
                }
                match open.len() {
                    0 => truth(nothing == "true"),
                    1 => open.remove(0),
                    _ => Node::Call(name, Box::new(Node::List(open))),
                }
            }
            _ => self.normal(expr, depth),
        }
    }
}
