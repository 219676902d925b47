//! Quantities that carry their unit. What is impossible does not compile ([`cidr!`](crate::cidr),
//! [`port!`](crate::port)); text from outside goes through `parse`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{Expr, IntoValue, Literal, Value};

/// An IPv4 range without host bits, such as `10.0.0.0/16`. Written with [`cidr!`](crate::cidr).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cidr {
    address: u32,
    prefix: u8,
}

/// An IPv4 range that is checked while the program compiles: `cidr!("10.40.0.0/16")`.
#[macro_export]
macro_rules! cidr {
    ($text:expr) => {{
        const CHECKED: $crate::Cidr = $crate::Cidr::checked($text);
        CHECKED
    }};
}

/// Why text is no IPv4 range.
const fn cidr_of(text: &str) -> Result<Cidr, &'static str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut address: u32 = 0;
    let mut octets = 0;
    while octets < 4 {
        let start = at;
        let mut octet: u32 = 0;
        while at < bytes.len() && bytes[at].is_ascii_digit() && at - start < 3 {
            octet = octet * 10 + (bytes[at] - b'0') as u32;
            at += 1;
        }
        if at == start {
            return Err("an IPv4 range has four octets and a prefix length, as in 10.0.0.0/16");
        }
        if octet > 255 || (at < bytes.len() && bytes[at].is_ascii_digit()) {
            return Err("an octet of an IPv4 range is at most 255");
        }
        address = (address << 8) | octet;
        octets += 1;
        if octets < 4 {
            if at >= bytes.len() || bytes[at] != b'.' {
                return Err("an IPv4 range has four octets and a prefix length, as in 10.0.0.0/16");
            }
            at += 1;
        }
    }
    if at >= bytes.len() || bytes[at] != b'/' {
        return Err("an IPv4 range ends in `/` and a prefix length, as in 10.0.0.0/16");
    }
    at += 1;
    let digits = bytes.len() - at;
    if digits == 0 || digits > 2 {
        return Err("the prefix length of an IPv4 range is 0 to 32");
    }
    let mut prefix: u8 = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            return Err("the prefix length of an IPv4 range is 0 to 32");
        }
        prefix = prefix * 10 + (bytes[at] - b'0');
        at += 1;
    }
    if prefix > 32 {
        return Err("the prefix length of an IPv4 range is 0 to 32");
    }
    let range = Cidr { address, prefix };
    if address & !range.mask() != 0 {
        return Err(
            "the address of an IPv4 range has bits set beyond its prefix; write the first \
                    address of the range, as in 10.0.0.0/16",
        );
    }
    Ok(range)
}

impl Cidr {
    /// Used by [`cidr!`](crate::cidr), which runs it while compiling.
    #[doc(hidden)]
    #[allow(clippy::panic)]
    pub const fn checked(text: &str) -> Cidr {
        match cidr_of(text) {
            Ok(it) => it,
            Err(why) => panic!("{}", why),
        }
    }

    const fn mask(self) -> u32 {
        if self.prefix == 0 {
            0
        } else {
            u32::MAX << (32 - self.prefix)
        }
    }

    /// Everything: `0.0.0.0/0`.
    pub const ANYWHERE: Cidr = Cidr {
        address: 0,
        prefix: 0,
    };

    /// The number of leading bits that are fixed (0–32).
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// The first address, as a number.
    pub const fn first_address(self) -> u32 {
        self.address
    }

    /// How many addresses the range holds.
    pub const fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// The `n`th range (from 0) of the given prefix length inside this one, when there is one.
    pub const fn subnet(self, prefix: u8, n: u32) -> Option<Cidr> {
        if prefix < self.prefix || prefix > 32 {
            return None;
        }
        let offset = (n as u64) << (32 - prefix);
        if offset >= self.size() {
            return None;
        }
        Some(Cidr {
            address: self.address + offset as u32,
            prefix,
        })
    }

    /// Whether the other range lies wholly within this one.
    pub const fn contains(self, other: Cidr) -> bool {
        other.prefix >= self.prefix && other.address & self.mask() == self.address
    }

    /// Whether the two have an address in common.
    pub const fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.address.to_be_bytes();
        write!(f, "{a}.{b}.{c}.{d}/{}", self.prefix)
    }
}

/// Says what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(Cow<'static, str>);

impl ParseError {
    pub(super) fn new(why: impl Into<Cow<'static, str>>) -> ParseError {
        ParseError(why.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ParseError {}

impl FromStr for Cidr {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Cidr, ParseError> {
        cidr_of(text).map_err(|why| ParseError(why.into()))
    }
}

impl Literal for Cidr {
    fn literal(self) -> Expr {
        Expr::String(Cow::Owned(self.to_string()))
    }
}
impl IntoValue<String> for Cidr {
    fn into_value(self) -> Value<String> {
        Value::from_expr(self.literal())
    }
}
/// A parameter or an attribute that holds a range.
impl IntoValue<Cidr> for Value<String> {
    fn into_value(self) -> Value<Cidr> {
        Value::from_expr(self.into_expr())
    }
}
impl IntoValue<String> for Value<Cidr> {
    fn into_value(self) -> Value<String> {
        Value::from_expr(self.into_expr())
    }
}

/// A TCP or UDP port, 1–65535. Written with [`port!`](crate::port).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Port(u16);

/// A port that is checked while the program compiles: `port!(8080)`.
#[macro_export]
macro_rules! port {
    ($number:expr) => {{
        const CHECKED: $crate::Port = $crate::Port::checked($number);
        CHECKED
    }};
}

impl Port {
    /// Used by [`port!`](crate::port), which runs it while compiling.
    #[doc(hidden)]
    pub const fn checked(number: u32) -> Port {
        assert!(
            number != 0,
            "port 0 cannot be listened on; a port is 1 to 65535"
        );
        assert!(number <= 65535, "a port is 1 to 65535");
        Port(number as u16)
    }

    /// As a host port of a container in bridge mode: Docker picks a free port of the instance's
    /// ephemeral range, so that two versions of a task fit on one instance.
    pub const DYNAMIC: Port = Port(0);

    /// A port, unless the number is 0.
    pub const fn new(number: u16) -> Option<Port> {
        if number == 0 {
            None
        } else {
            Some(Port(number))
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl FromStr for Port {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Port, ParseError> {
        text.parse::<u16>()
            .ok()
            .and_then(Port::new)
            .ok_or_else(|| ParseError(format!("`{text}` is no port; a port is 1 to 65535").into()))
    }
}
impl Literal for Port {
    fn literal(self) -> Expr {
        Expr::Int(self.0.into())
    }
}
impl IntoValue<String> for Port {
    fn into_value(self) -> Value<String> {
        Value::from_expr(Expr::String(Cow::Owned(self.0.to_string())))
    }
}
impl IntoValue<Port> for Value<i64> {
    fn into_value(self) -> Value<Port> {
        Value::from_expr(self.into_expr())
    }
}

/// A span of time in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Seconds(pub u32);

/// `seconds(30)`.
pub const fn seconds(count: u32) -> Seconds {
    Seconds(count)
}

/// `minutes(5)`.
pub const fn minutes(count: u32) -> Seconds {
    Seconds(count.saturating_mul(60))
}

impl Literal for Seconds {
    fn literal(self) -> Expr {
        Expr::Int(self.0.into())
    }
}
impl IntoValue<Seconds> for Value<i64> {
    fn into_value(self) -> Value<Seconds> {
        Value::from_expr(self.into_expr())
    }
}
impl IntoValue<i64> for Seconds {
    fn into_value(self) -> Value<i64> {
        Value::from_expr(self.literal())
    }
}

/// An amount of memory or disk in MiB.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mebibytes(pub u32);

/// `mib(512)`.
pub const fn mib(count: u32) -> Mebibytes {
    Mebibytes(count)
}

/// `gib(2)` is 2,048 MiB.
pub const fn gib(count: u32) -> Mebibytes {
    Mebibytes(count.saturating_mul(1024))
}

impl Literal for Mebibytes {
    fn literal(self) -> Expr {
        Expr::Int(self.0.into())
    }
}
impl IntoValue<i64> for Mebibytes {
    fn into_value(self) -> Value<i64> {
        Value::from_expr(self.literal())
    }
}
impl IntoValue<Mebibytes> for Value<i64> {
    fn into_value(self) -> Value<Mebibytes> {
        Value::from_expr(self.into_expr())
    }
}
/// The task definition writes CPU and memory as text.
impl IntoValue<String> for Mebibytes {
    fn into_value(self) -> Value<String> {
        Value::from_expr(Expr::String(Cow::Owned(self.0.to_string())))
    }
}

/// A listener rule's place in the order of evaluation, 1–50000, lowest first. Written with
/// [`priority!`](crate::priority).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RulePriority(u16);

/// A rule priority that is checked while the program compiles: `priority!(10)`.
#[macro_export]
macro_rules! priority {
    ($number:expr) => {{
        const CHECKED: $crate::RulePriority = $crate::RulePriority::checked($number);
        CHECKED
    }};
}

impl RulePriority {
    /// Used by [`priority!`](crate::priority), which runs it while compiling.
    #[doc(hidden)]
    pub const fn checked(number: u32) -> RulePriority {
        assert!(
            number >= 1 && number <= 50000,
            "the priority of a listener rule is 1 to 50000"
        );
        RulePriority(number as u16)
    }

    /// A priority, when the number is 1–50000.
    pub const fn new(number: u32) -> Option<RulePriority> {
        if number >= 1 && number <= 50000 {
            Some(RulePriority(number as u16))
        } else {
            None
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}
impl Literal for RulePriority {
    fn literal(self) -> Expr {
        Expr::Int(self.0.into())
    }
}
impl IntoValue<RulePriority> for Value<i64> {
    fn into_value(self) -> Value<RulePriority> {
        Value::from_expr(self.into_expr())
    }
}
