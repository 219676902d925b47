//! Typed values over one plain tree.
//!
//! [`Expr`] is what CloudFormation sees; [`Value<T>`] is the same tree seen through a type.
//! Everything that walks a template is written once, over `Expr`.

mod convert;
mod dynamic;
mod ends;
mod expr;
mod intrinsics;
mod json;
mod kinds;
mod reference;
#[cfg(feature = "settings")]
mod settings;
mod sub;
mod task_size;
mod units;
mod written;

pub use convert::{Choice, IntoValue, Literal};
pub use dynamic::DynamicReference;
pub(crate) use ends::{ends, same};
pub use expr::{Expr, Object, Text};
pub use intrinsics::{
    StackOutput, availability_zones, base64, cidr_blocks, find_in_map, if_else, import_value, join,
    length, no_value, pseudo, select, split, to_json_string, transform,
};
pub(crate) use json::{has_escapes, write_scalar, write_string};
pub use kinds::*;
pub use reference::{Key, Link, Part, Ref, Reference, Resource};
pub(crate) use sub::{Piece, escape, pieces, sub_expr};
#[doc(hidden)]
pub use sub::{check_template, substitute};
pub use task_size::TaskSize;
pub use units::*;

use std::fmt;
use std::marker::PhantomData;

/// A property value whose meaning is `T`: a literal, or something CloudFormation resolves later.
pub struct Value<T> {
    expr: Expr,
    meaning: PhantomData<fn() -> T>,
}

impl<T> Value<T> {
    /// Gives a meaning to a plain tree: the way out of the types. What the tree holds is checked at
    /// synth only.
    pub fn from_expr(expr: Expr) -> Self {
        Value {
            expr,
            meaning: PhantomData,
        }
    }

    /// The plain tree.
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// The plain tree, to look at.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Value::from_expr(self.expr.clone())
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

/// A list property; arrays, slices and vectors of anything that is a `T` are accepted.
pub struct List<T>(PhantomData<fn() -> T>);

/// A property with free keys whose values are `T`; maps and arrays of pairs are accepted.
pub struct Map<T>(PhantomData<fn() -> T>);

/// A property that takes any JSON: a `serde_json::Value`, a policy document, a tree.
pub enum Json {}

/// A point in time as text, `2026-11-21T08:00:00Z`.
pub enum Timestamp {}
