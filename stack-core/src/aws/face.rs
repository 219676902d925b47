//! What every generated type is made with. A type is its object of properties; a setter puts one
//! key into it, and required properties are remembered in the type.

pub(crate) use super::Tag;
pub(crate) use super::kinds::*;
pub(crate) use crate::value::{Cidr, Json, List, Map, Port, RulePriority, Timestamp};

use crate::value::{Expr, IntoValue, Object};

/// The state of a required property that has been set.
#[derive(Clone, Debug)]
pub enum Set {}

/// The state of a required property that is missing: `P` is a type named after the property.
pub struct Unset<P>(std::marker::PhantomData<P>);

/// The state of a required property: [`Set`], or [`Unset`] while it is missing.
pub trait Given {}
impl Given for Set {}
impl<P> Given for Unset<P> where (): IsSet<P> {}

/// Never true. What the compiler says when a required property is missing is said here, with the
/// property as a parameter: of a type that lacks an implementation it would add that others have
/// the same name, and suspect two versions of this crate.
#[diagnostic::on_unimplemented(
    message = "required property `{P}` has not been set",
    label = "required property `{P}` is missing",
    note = "every required property has a setter of its name, as `.vpc_id(…)` for `need::VpcId`; call it before this"
)]
pub trait IsSet<P> {}

/// Puts one property into its object; nothing for what is not set.
///
/// Setters are thousands: each is one call of this, so that they cost the compiler little.
pub(crate) fn set<T>(object: &mut Object, property: &'static str, value: impl IntoValue<T>) {
    let value = value.into_value().into_expr();
    if value != Expr::Null {
        object.set(property, value);
    }
}

/// As [`set`], for setters that change the type.
pub(crate) fn with<T>(
    mut object: Object,
    property: &'static str,
    value: impl IntoValue<T>,
) -> Object {
    set(&mut object, property, value);
    object
}

/// A resource type: `Name = "AWS::Service::Name" -> what Ref returns;`, then the required
/// properties, the optional ones and the attributes, a line each.
macro_rules! resource {
    (
        $(#[$about:meta])*
        $name:ident = $kind:literal -> $id:ty;
        $(required [$($state:ident = $need:ty),+] {
            $($rp:ident $rs:ident: $rt:ty => $($after:ident)+ $(, $rd:literal)?;)+
        })?
        optional { $($p:ident $s:ident: $t:ty $(, $d:literal)?;)* }
        attributes { $($an:literal $am:ident: $at:ty;)* }
    ) => {
        properties! {
            $(#[$about])*
            $name;
            $(required [$($state = $need),+] { $($rp $rs: $rt => $($after)+ $(, $rd)?;)+ })?
            optional { $($p $s: $t $(, $d)?;)* }
        }
        impl $(<$($state: $crate::aws::Given),+>)? $crate::value::Resource for $name $(<$($state),+>)? {
            const TYPE: &'static str = $kind;
            type Id = $id;
            fn into_properties(self) -> $crate::value::Object {
                self.0
            }
        }
        impl $crate::value::Ref<$name> {
            $(
                #[doc = concat!("`Fn::GetAtt` of `", $an, "`.")]
                pub fn $am(self) -> $crate::value::Value<$at> {
                    self.attribute($an)
                }
            )*
        }
    };
}

/// A nested type: its properties, a line each.
macro_rules! part {
    (
        $name:ident;
        required [$($state:ident = $need:ty),+] $($rest:tt)*
    ) => {
        properties! {
            #[doc = concat!("Property type `", stringify!($name), "`.")]
            $name;
            required [$($state = $need),+] $($rest)*
        }
        impl<$($state: $crate::aws::Given),+> $crate::value::IntoValue<$name> for $name<$($state),+> {
            fn into_value(self) -> $crate::value::Value<$name> {
                $crate::value::Value::from_expr($crate::value::Expr::Object(self.0))
            }
        }
    };
    (
        $name:ident;
        $($rest:tt)*
    ) => {
        properties! {
            #[doc = concat!("Property type `", stringify!($name), "`.")]
            $name;
            $($rest)*
        }
        impl $crate::value::Literal for $name {
            fn literal(self) -> $crate::value::Expr {
                $crate::value::Expr::Object(self.0)
            }
        }
    };
}

/// The struct and its setters.
macro_rules! properties {
    (
        $(#[$about:meta])*
        $name:ident;
        $(required [$($state:ident = $need:ty),+] {
            $($rp:ident $rs:ident: $rt:ty => $($after:ident)+ $(, $rd:literal)?;)+
        })?
        optional { $($p:ident $s:ident: $t:ty $(, $d:literal)?;)* }
    ) => {
        $(#[$about])*
        #[must_use]
        pub struct $name $(<$($state = $crate::aws::Set),+>)? (
            $crate::value::Object,
            ::std::marker::PhantomData<fn() -> ($($($state,)+)?)>,
        );
        impl $name $(<$($crate::aws::Unset<$need>),+>)? {
            /// Nothing set.
            #[allow(clippy::new_without_default)]
            pub const fn new() -> Self {
                $name($crate::value::Object::new(), ::std::marker::PhantomData)
            }
        }
        impl $(<$($state),+>)? $name $(<$($state),+>)? {
            $($(
                #[doc = concat!("`", stringify!($rp), "`" $(, ": ", $rd, ".")?)]
                pub fn $rs(self, value: impl $crate::value::IntoValue<$rt>) -> $name<$($after),+> {
                    $name($crate::aws::face::with::<$rt>(self.0, stringify!($rp), value), ::std::marker::PhantomData)
                }
            )+)?
            $(
                #[doc = concat!("`", stringify!($p), "`" $(, ": ", $d, ".")?)]
                #[allow(clippy::should_implement_trait)]
                pub fn $s(mut self, value: impl $crate::value::IntoValue<$t>) -> Self {
                    $crate::aws::face::set::<$t>(&mut self.0, stringify!($p), value);
                    self
                }
            )*
            /// Sets a property to any value, for one that has no setter or takes what its setter
            /// does not. It does not count as setting a required property.
            pub fn raw(mut self, property: &'static str, value: impl Into<$crate::build::Property>) -> Self {
                self.0.set(property, value.into().into_expr());
                self
            }
        }
    };
}

/// Values of a generated enumeration: known constants, and `other` for what AWS added since.
macro_rules! choices {
    ($name:ident { $($constant:ident = $text:literal),* $(,)? }) => {
        #[doc = concat!("A value of `", stringify!($name), "`.")]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name($crate::value::Text);
        impl $name {
            $(#[doc = concat!("`", $text, "`.")]
            pub const $constant: $name = $name(::std::borrow::Cow::Borrowed($text));)*
            /// A value this version does not know. Synth reports it as a note.
            pub fn other(text: impl Into<String>) -> $name {
                $name(::std::borrow::Cow::Owned(text.into()))
            }
        }
        impl $crate::value::Literal for $name {
            fn literal(self) -> $crate::value::Expr {
                $crate::value::Expr::String(self.0)
            }
        }
        impl $crate::value::Choice for $name {}
    };
}

/// The types that stand for a required property while it is missing.
macro_rules! missing {
    ($($property:ident)*) => {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        pub mod need {
            //! Required properties that have not been set.
            $(
                #[doc = concat!("`", stringify!($property), "` has not been set.")]
                pub enum $property {}
            )*
        }
    };
}
