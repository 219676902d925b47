//! The short forms of functions in YAML, `!Ref` for `Ref:` and `!Sub` for `Fn::Sub:`.

use std::sync::LazyLock;

use saphyr_parser::Tag;

/// Every function that has a short form, by its full name.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
const FUNCTIONS: &[&str] = &[
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Ref",
];

/// The short form without its exclamation mark.
pub(super) fn short(function: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().find(|it| **it == function)?;
    Some(known.strip_prefix("Fn::").unwrap_or(known))
}

/// The function that a short form (without its exclamation mark) stands for.
pub(super) fn long(short: &str) -> Option<&'static str> {
    let name = |it: &&&str| it.strip_prefix("Fn::").unwrap_or(it) == short;
    FUNCTIONS.iter().find(name).copied()
}

/// The tag that a short form (without its exclamation mark) is to a parser.
pub(super) fn tag(short: &str) -> Option<&'static Tag> {
    static TAGS: LazyLock<Vec<Tag>> = LazyLock::new(|| {
        let short = FUNCTIONS
            .iter()
            .map(|it| it.strip_prefix("Fn::").unwrap_or(it));
        let tag = |short: &str| Tag {
            handle: "!".to_owned(),
            suffix: short.to_owned(),
        };
        short.map(tag).collect()
    });
    TAGS.iter().find(|it| it.suffix == short)
}
