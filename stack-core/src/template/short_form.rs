//! The short forms of functions in YAML, `!Ref` for `Ref:` and `!Sub` for `Fn::Sub:`.

use std::sync::LazyLock;

use saphyr_parser::Tag;

/// Every function that has a short form: this without its exclamation mark, and the full name. Those
/// that stand in most templates come first.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
const FUNCTIONS: &[(&str, &str)] = &[
    ("Ref", "Ref"),
    ("Sub", "Fn::Sub"),
    ("GetAtt", "Fn::GetAtt"),
    ("If", "Fn::If"),
    ("Join", "Fn::Join"),
    ("Select", "Fn::Select"),
    ("ImportValue", "Fn::ImportValue"),
    ("Equals", "Fn::Equals"),
    ("FindInMap", "Fn::FindInMap"),
    ("GetAZs", "Fn::GetAZs"),
    ("Condition", "Condition"),
    ("And", "Fn::And"),
    ("Base64", "Fn::Base64"),
    ("Cidr", "Fn::Cidr"),
    ("Contains", "Fn::Contains"),
    ("EachMemberEquals", "Fn::EachMemberEquals"),
    ("EachMemberIn", "Fn::EachMemberIn"),
    ("GetStackOutput", "Fn::GetStackOutput"),
    ("Length", "Fn::Length"),
    ("Not", "Fn::Not"),
    ("Or", "Fn::Or"),
    ("RefAll", "Fn::RefAll"),
    ("Split", "Fn::Split"),
    ("ToJsonString", "Fn::ToJsonString"),
    ("Transform", "Fn::Transform"),
    ("ValueOf", "Fn::ValueOf"),
    ("ValueOfAll", "Fn::ValueOfAll"),
];

/// The short form without its exclamation mark.
pub(super) fn short(function: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().find(|it| it.1 == function)?;
    Some(known.0)
}

/// The function that a short form (without its exclamation mark) stands for.
pub(super) fn long(short: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().find(|it| it.0 == short)?;
    Some(known.1)
}

/// The tag that a short form (without its exclamation mark) is to a parser.
pub(super) fn tag(short: &str) -> Option<&'static Tag> {
    static TAGS: LazyLock<Vec<Tag>> = LazyLock::new(|| {
        let tag = |(short, _): &(&str, &str)| Tag {
            handle: "!".to_owned(),
            suffix: (*short).to_owned(),
        };
        FUNCTIONS.iter().map(tag).collect()
    });
    TAGS.get(FUNCTIONS.iter().position(|it| it.0 == short)?)
}
