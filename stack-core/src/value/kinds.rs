//! What an identifier identifies: a VPC id is not a subnet id, though both are text.

use super::Expr;

/// An identifier, name or ARN of one kind of thing. Implemented by marker types such as
/// [`VpcId`](crate::aws::kinds::VpcId); a value of that kind is a `Value<VpcId>`.
pub trait Kind {
    /// The CloudFormation parameter type that holds it, `String` where there is no better one.
    const PARAMETER_TYPE: &'static str;
}

/// Declares kinds of identifiers: `/// doc  Name;` or `/// doc  Name = "AWS::EC2::VPC::Id";` with the
/// parameter type.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $(= $parameter:literal)?;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl $name {
            /// One that exists outside the app, or text that is known to be one: `existing("…")`.
            pub fn existing(text: impl $crate::value::IntoValue<String>) -> $crate::value::Value<$name> {
                $crate::value::Value::from_expr(text.into_value().into_expr())
            }
        }
        impl $crate::value::Kind for $name {
            const PARAMETER_TYPE: &'static str = $crate::value::parameter_type(&[$($parameter)?]);
        }
    )*};
}
pub(crate) use kinds;

#[doc(hidden)]
pub const fn parameter_type(given: &[&'static str]) -> &'static str {
    if given.is_empty() { "String" } else { given[0] }
}

impl Expr {
    /// Whether this is `{"Ref": "AWS::NoValue"}`.
    pub fn is_no_value(&self) -> bool {
        matches!(self.intrinsic(), Some(("Ref", id)) if id.as_str() == Some("AWS::NoValue"))
    }
}
