//! Hostile and broken documents: each is refused with its place, quickly and in little memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use stack_core::{Problem, Template};

fn problems(text: &str) -> Vec<Problem> {
    let start = Instant::now();
    let result = Template::parse(text);
    // Generous for slow machines and debug builds; quadratic time would be minutes.
    assert!(start.elapsed() < Duration::from_secs(5), "too slow");
    result.expect_err("it should be refused")
}

#[track_caller]
fn refused(text: &str, code: &str, place: &str, message: &str) {
    let problems = problems(text);
    let first = &problems[0];
    assert_eq!(first.code, code, "{first}");
    assert_eq!(first.place.as_deref(), Some(place), "{first}");
    assert!(first.message.contains(message), "{first}");
}

#[test]
fn mistakes_in_yaml_are_refused_with_their_line_and_column() {
    for (text, code, place, message) in [
        ("", "not-a-template", "1:1", "empty"),
        ("# nothing\n", "not-a-template", "1:1", "empty"),
        ("- a\n", "not-a-template", "1:1", "no template"),
        ("text\n", "not-a-template", "1:1", "no template"),
        (
            "a: 1\nb: 2\na: 3\n",
            "duplicate-key",
            "3:1",
            "`a` is already given on line 1",
        ),
        (
            "a: {b: 1, \"b\": 2}\n",
            "duplicate-key",
            "1:11",
            "`b` is already given on line 1",
        ),
        (
            "x: &x {a: 1}\ny:\n  <<: *x\n",
            "yaml-merge-key",
            "3:3",
            "merge keys",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "yaml-documents",
            "2:1",
            "second document",
        ),
        (
            "a: 1\n...\n---\n",
            "yaml-documents",
            "3:1",
            "second document",
        ),
        ("a: b\0c\n", "yaml-syntax", "1:5", "U+0000"),
        ("a: \"b\\0c\"\n", "yaml-syntax", "1:4", "U+0000"),
        ("a: \"b\\x00c\"\n", "yaml-syntax", "1:4", "U+0000"),
        ("a: 1\nb: x\u{1b}[2J\n", "yaml-syntax", "2:5", "U+001B"),
        ("a: \"\\ud800\"\n", "yaml-syntax", "1:4", ""),
        ("a:\n\tb: 1\n", "yaml-syntax", "2:2", ""),
        ("a:\n  b: 1\n\tc: 2\n", "yaml-syntax", "2:6", ""),
        ("a: [1, 2\n", "yaml-syntax", "2:1", ""),
        ("a: 'x\n", "yaml-syntax", "1:4", ""),
        ("a: b: c\n", "yaml-syntax", "1:5", ""),
        ("a: *nothing\n", "yaml-syntax", "1:4", ""),
        (
            "a: &a [*a]\n",
            "yaml-alias",
            "1:8",
            "inside what it stands for",
        ),
        ("a: !Foo b\n", "yaml-tag", "1:4", "no `!Foo`"),
        ("a: !!binary aGk=\n", "yaml-tag", "1:4", "`!!binary`"),
        ("a: !!int x\n", "yaml-tag", "1:4", "`x` is no `!!int`"),
        (
            "a: !<tag:example.com,2026:x> b\n",
            "yaml-tag",
            "1:4",
            "no `",
        ),
        ("a: !Base64 !Sub b\n", "yaml-syntax", "1:12", ""),
        ("? [a]\n: 1\n", "yaml-syntax", "1:3", "cannot be a list"),
        ("? {a: 1}\n: 1\n", "yaml-syntax", "1:3", "cannot be a list"),
        (": 1\n", "yaml-syntax", "1:1", "without a name"),
        ("!Ref a: 1\n", "yaml-tag", "1:1", "before the name"),
    ] {
        println!("{text:?}");
        refused(text, code, place, message);
    }
}

#[test]
fn mistakes_in_json_are_refused_with_their_line_and_column() {
    for (text, code, place, message) in [
        ("[]", "not-a-template", "1:1", "no template"),
        (
            "{\"a\": 1,\n \"b\": 2,\n \"a\": 3}",
            "duplicate-key",
            "3:2",
            "already given on line 1",
        ),
        (
            "{\"a\": 1, \"\\u0061\": 3}",
            "duplicate-key",
            "1:10",
            "`a` is already given",
        ),
        ("{\n", "json-syntax", "2:1", "found the end of the template"),
        (
            "{\"a\": 1,}",
            "json-syntax",
            "1:9",
            "expected a name in double quotes, found `}`",
        ),
        (
            "{\"a\": [1,]}",
            "json-syntax",
            "1:10",
            "expected a value, found `]`",
        ),
        (
            "{\"a\": 1 \"b\"",
            "json-syntax",
            "1:9",
            "expected `,` or `}`",
        ),
        ("{\"a\" 1}", "json-syntax", "1:6", "expected `:`"),
        (
            "{\"a\": 1} x",
            "json-syntax",
            "1:10",
            "expected the end of the template",
        ),
        (
            "{\"a\": 012345678901}",
            "json-syntax",
            "1:8",
            "without leading zeros",
        ),
        ("{\"a\": 1.}", "json-syntax", "1:9", "expected a digit"),
        ("{\"a\": +1}", "json-syntax", "1:7", "expected a value"),
        ("{\"a\": 0x1f}", "json-syntax", "1:8", "expected `,` or `}`"),
        ("{\"a\": NaN}", "json-syntax", "1:7", "expected a value"),
        ("{'a': 1}", "json-syntax", "1:2", "double quotes"),
        ("{\"a\": \"\\u0000\"}", "json-syntax", "1:14", "`\\u0000`"),
        ("{\"a\": \"\0\"}", "json-syntax", "1:8", "control character"),
        ("{\"a\": \"\n\"}", "json-syntax", "1:8", "control character"),
        ("{\"a\": \"\\ud800\"}", "json-syntax", "1:14", "surrogate"),
        ("{\"a\": \"\\udc00x\"}", "json-syntax", "1:14", "surrogate"),
        (
            "{\"a\": \"\\ud800\\u0041\"}",
            "json-syntax",
            "1:20",
            "surrogate",
        ),
        ("{\"a\": \"\\u00é\"}", "json-syntax", "1:10", "hexadecimal"),
        ("{\"a\": \"\\u+123\"}", "json-syntax", "1:10", "hexadecimal"),
        ("{\"a\": \"\\é\"}", "json-syntax", "1:9", "escapes"),
        ("{\"a\": \"é", "json-syntax", "1:10", "end of the template"),
        (
            "{\"a\": /* no */ 1}",
            "json-syntax",
            "1:7",
            "expected a value",
        ),
    ] {
        println!("{text:?}");
        refused(text, code, place, message);
    }
}

#[test]
fn all_duplicates_and_unknown_short_forms_are_reported_at_once() {
    let found = problems("a: !Foo 1\na: !Bar [x]\nb: {c: 1, c: 2}\n");
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.code, it.place.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            ("yaml-tag", "1:4"),
            ("yaml-tag", "2:4"),
            ("duplicate-key", "3:11"),
            ("duplicate-key", "2:1"),
        ]
    );
    assert!(problems(&"a: 1\n".repeat(30_000)).len() <= 50);
}

/// `levels` anchors, each nine times the one before it.
fn bomb(levels: usize) -> String {
    let mut text = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..=levels {
        let before = vec![format!("*l{}", level - 1); 9].join(", ");
        text.push_str(&format!("l{level}: &l{level} [{before}]\n"));
    }
    text
}

#[test]
fn alias_bombs_of_any_size_are_refused() {
    // 9^4 values are still fine, and expanded.
    let small = Template::parse(&bomb(2)).unwrap();
    assert_eq!(small.root().len(), 3);
    for levels in 5..=12 {
        assert_eq!(problems(&bomb(levels))[0].code, "template-too-large");
    }
}

#[test]
fn aliases_cannot_multiply_text_names_or_themselves() {
    let long = "x".repeat(400_000);
    let texts = format!("a: &a {long}\nb: [*a, *a]\n");
    assert!(Template::parse(&texts).is_ok());
    let texts = format!("a: &a {long}\nb: [*a, *a, *a]\n");
    assert_eq!(problems(&texts)[0].code, "template-too-large");
    let names = format!("a: &a {{{long}: 1}}\nb: [*a, *a, *a]\n");
    assert_eq!(problems(&names)[0].code, "template-too-large");
    let many = format!("a: &a 1\nb: [{}]\n", "*a, ".repeat(10_001));
    assert_eq!(problems(&many)[0].code, "template-too-large");
    let chain: String = (1..100)
        .map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1))
        .collect();
    assert_eq!(
        problems(&format!("a0: &a0 []\n{chain}"))[0].code,
        "template-too-deep"
    );
    // The last anchor of a name counts.
    let twice = Template::parse("a: &x 1\nb: &x 2\nc: *x\n").unwrap();
    assert_eq!(twice.root().get("c"), Some(&stack_core::Expr::Int(2)));
}

#[test]
fn documents_deeper_than_64_levels_are_refused_in_every_style() {
    let deep = |levels: usize| {
        let blocks: String = (0..levels)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect();
        let lists = format!("a:\n  {}1\n", "- ".repeat(levels - 1));
        [
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(levels - 1),
                "]".repeat(levels - 1)
            ),
            format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels)),
            format!("a: {}{}", "[".repeat(levels - 1), "]".repeat(levels - 1)),
            format!("a: {}{}", "{a: ".repeat(levels - 1), "}".repeat(levels - 1)),
            blocks,
            lists,
        ]
    };
    for text in deep(64) {
        let template = Template::parse(&text).unwrap();
        assert_eq!(Template::parse(&template.to_json()).as_ref(), Ok(&template));
        assert_eq!(Template::parse(&template.to_yaml()).as_ref(), Ok(&template));
    }
    for text in deep(65) {
        assert_eq!(problems(&text)[0].code, "template-too-deep");
    }
    for text in deep(500) {
        assert!(matches!(
            problems(&text)[0].code,
            "template-too-deep" | "yaml-syntax"
        ));
    }
    // A function with a list is two levels.
    let functions = |levels: usize| {
        let (mut open, mut close) = (String::new(), String::new());
        for _ in 0..levels {
            open.push_str("!Or [");
            close.push(']');
        }
        format!("a: {open}{close}")
    };
    assert!(Template::parse(&functions(31)).is_ok());
    assert_eq!(problems(&functions(32))[0].code, "template-too-deep");
}

#[test]
fn a_hundred_thousand_levels_cost_neither_time_nor_stack() {
    let stack = std::thread::Builder::new().stack_size(256 * 1024);
    let run = stack.spawn(|| {
        for text in [
            "[".repeat(100_000),
            "{\"a\":".repeat(100_000),
            format!("a: {}", "[".repeat(100_000)),
            format!("a: {}", "{a: ".repeat(100_000)),
            format!("a:\n {}", "- ".repeat(100_000)),
            format!("a:\n {}", "? ".repeat(100_000)),
            (0..2_000)
                .map(|n| format!("{}a:\n", " ".repeat(n % 1_000)))
                .collect(),
            (0..1_200)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect(),
            (0..1_200)
                .map(|n| format!("{}-\n", " ".repeat(n)))
                .collect(),
        ] {
            problems(&text);
        }
    });
    run.unwrap().join().unwrap();
}

/// How long it takes to read a text, or to refuse it, so many times.
fn reading(times: usize, text: &str) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        let _ = Template::parse(text);
    }
    start.elapsed()
}

/// Whether the text takes at most twice as long as four times its quarter: half of what it would
/// take were the time quadratic. Where all is well both take about as long, so that a busy machine
/// slows both down; they are measured again and again where it did so to one alone.
fn is_linear(quarter: &str, whole: &str) -> bool {
    // A quadratic reader takes longer, and little time says little.
    const NOTHING: Duration = Duration::from_millis(5);
    let (mut pieces, mut all) = (Duration::MAX, Duration::MAX);
    (0..20).any(|_| {
        all = all.min(reading(1, whole));
        all < NOTHING || {
            pieces = pieces.min(reading(4, quarter));
            all <= pieces * 2
        }
    })
}

#[test]
fn a_million_bytes_of_anything_are_read_or_refused_in_linear_time() {
    let bytes = if cfg!(debug_assertions) {
        10_000
    } else {
        1_000_000
    };
    let mut slow = Vec::new();
    for piece in [
        "a: 1\n",
        "- ",
        "-\n",
        "? ",
        ": ",
        "a: ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "[a, ",
        "&a ",
        "*a ",
        "!a ",
        "!Ref ",
        "'",
        "\"",
        "'' ",
        "\"\" ",
        "|\n",
        ">\n",
        "# c\n",
        "%TAG ! x\n",
        "%a\n",
        "---\n",
        "...\n",
        "a\n",
        "a ",
        "\n",
        " ",
        "\r",
        "\r\n",
        " \n",
        "\t",
        "\\",
        "{a",
        "a: [",
        "a: {b: ",
        "[? a: ",
        "é",
        "\u{feff}",
        "a: |\n\n",
        "[\n",
        "\"a\\\n",
        "?\n",
        "? a\n: b\n",
        "&a a: *a\n",
        "!!str a: !!str b\n",
        "x: &x [*x",
        "a:\n b: [\n]\n",
        "- {\n}\n",
        "- - 'x\ny'\n",
        "- - \"x\n\ny\"\n",
    ] {
        for prefix in ["", "a: ", "a: [", "a: \"", "a: |\n ", "a:\n - "] {
            let text = |bytes: usize| {
                let pieces = (bytes - prefix.len()) / piece.len();
                [prefix, &piece.repeat(pieces)].concat()
            };
            if !is_linear(&text(bytes / 4), &text(bytes)) {
                slow.push((prefix, piece));
            }
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

#[test]
fn documents_are_refused_by_size_and_by_values() {
    let text = format!("a: \"{}\"\n", "x".repeat(1_000_000 - 6));
    assert!(Template::parse(&text).is_ok());
    refused(
        &format!("{text}\n"),
        "template-too-large",
        "1:1",
        "1000001 bytes",
    );
    let list = |values: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(values - 3));
    assert!(Template::parse(&list(100_000)).is_ok());
    assert_eq!(problems(&list(100_001))[0].code, "template-too-large");
    assert!(Template::from_yaml(&list(100_000)).is_ok());
    assert!(Template::from_yaml(&list(100_001)).is_err());
}

#[test]
fn a_byte_order_mark_is_dropped() {
    for text in [
        "\u{feff}{\"a\": 1}",
        "\u{feff}a: 1\n",
        "\u{feff}\n{\"a\": 1}",
    ] {
        let template = Template::parse(text).unwrap();
        assert_eq!(template.to_json(), "{\n  \"a\": 1\n}\n");
    }
    assert!(Template::parse("\u{feff}\u{feff}{\"a\": 1}").is_err());
}
