//! Values from JSON, TOML and pairs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use stack_text::Values;
use support::shown;

#[test]
fn nested_and_dotted_names_mean_the_same() {
    for text in [
        r#"{"image": {"tag": "1", "name": "shop"}}"#,
        r#"{"image.tag": "1", "image.name": "shop"}"#,
        r#"{"image": {"tag": "1"}, "image.name": "shop"}"#,
    ] {
        let values = Values::from_json(text, "v.json").unwrap();
        assert_eq!(values.names(), ["image.name", "image.tag"], "{text}");
    }
    for text in [
        "image.tag = 1\nimage.name = 2",
        "[image]\ntag = 1\nname = 2",
        "'image.tag' = 1\nimage = {name = 2}",
    ] {
        let values = Values::from_toml(text, "v.toml").unwrap();
        assert_eq!(values.names(), ["image.name", "image.tag"], "{text}");
    }
}

#[test]
fn later_values_replace_earlier_ones_of_the_same_name() {
    let base = Values::from_toml("a.b = 1\na.c = 2\nd = [1]", "base.toml").unwrap();
    let over = Values::from_pairs([("a.b", "x"), ("d", "y"), ("e.f", "z")], "--var").unwrap();
    assert_eq!(base.overridden_by(over).names(), ["a.b", "a.c", "d", "e.f"]);
}

#[test]
fn each_mistake_has_its_place() {
    let json = |text| shown(&Values::from_json(text, "v.json").unwrap_err());
    let toml = |text| shown(&Values::from_toml(text, "v.toml").unwrap_err());
    assert_eq!(
        json("{\"a\": {\"b\": 1},\n \"a.b\": 2, \"c\": null}"),
        "error[duplicate-value]: `b` is given twice\n  in: v.json:2:2\n  help: it is already given at v.json:1:8
error[null-value]: `c` is null\n  in: v.json:2:12\n  help: give it a value, or leave it out together with its placeholder"
    );
    assert_eq!(
        json("[1]"),
        "error[values]: expected an object, found a list\n  in: v.json:1:1"
    );
    for name in [
        "", "a b", "a..b", ".a", "1a", "this", "a.this", "@root", "../a", "a[0]", "ä",
    ] {
        let problems = shown(&Values::from_pairs([(name, "x")], "--var").unwrap_err());
        assert!(
            problems.starts_with("error[value-name]"),
            "{name}: {problems}"
        );
    }
    let problems = toml("a = 1\na = 2\nb = \nc = 'x");
    for place in ["v.toml:2:1", "v.toml:3:", "v.toml:4:"] {
        assert!(problems.contains(place), "{place} in {problems}");
    }
    assert!(
        shown(&Values::from_pairs([("a", "1"), ("a", "2")], "`--var`").unwrap_err())
            .contains("in: `--var`")
    );
}
