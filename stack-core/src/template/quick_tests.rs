//! What is read quickly is what the parser of the whole language reads: values, positions and
//! notes.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

use super::read_yaml::{read_all, read_quickly, without_last_blanks};

/// Holds the two readings against each other; whether the document can be read quickly.
fn compare(text: &str) -> bool {
    // Before either sees it, a document is refused for these.
    if text.contains(|it: char| it.is_control() && !matches!(it, '\t' | '\r' | '\n')) {
        return false;
    }
    let text = without_last_blanks(text);
    let Some(quick) = read_quickly(text, true) else {
        return false;
    };
    let (all, read) = read_all(text, true);
    if let Err(problem) = read {
        // Lines in brackets and quotes may be indented as they like: the parser wants them to be
        // moved, and cannot be helped everywhere.
        let indentation = problem.message.starts_with("invalid indentation");
        assert!(indentation, "{}:\n{text}", problem.message);
        return true;
    }
    match (quick.finish(), all.finish()) {
        (Ok(quick), Ok(all)) => assert_eq!(
            format!("{quick:#?}"),
            format!("{all:#?}"),
            "read otherwise:\n{text}"
        ),
        (quick, all) => assert_eq!(quick.err(), all.err(), "refused otherwise:\n{text}"),
    }
    true
}

/// Each shows what can be read quickly.
const QUICK: &[&str] = &[
    "---\n# Comment\nA: b # comment\n\nC:\n  D: e\n  # comment\n  F:\n  - g\n  - h: i\n    j: k\n  -   - l\n      - m\n",
    "A : b\n'C': d\n\"E\": 'f'\nG:\nH: # nothing\nI: http://a:b#c\n...\n",
    "A: 'it''s'\nB: \"a \\\"b\\\" \\\\ \\n\\t\"\nC: \"\"\nD: ''\n",
    "A: 'one\n  two\n\n  three '\nB: \"one \\n  \n  two\"\nC: one\n  two # three\nD: one\n\n\n  - two\n  three\n",
    "A:\n  one\n  two\nB:\n  - one\n    two\n  - three\n",
    "A: |\n  one\n    two\n\n  three\n\n\nB: |-\n\n\n  one\n  # two\n# three\nC: |+\n  one\n\nD: >\n  one\n  two\n\n  three\n    four\n  five\n  \tsix\n\n  seven\nE: >- # comment\n  one\n\n\n  two\n",
    "A:\n- |\n one\n- >+\n  two\n\n",
    "A: |\n  without an end",
    "A: >-\n  a\n  b",
    "A: [b, 'c', \"d\", -1, [], {}, {e: f, \"g\":h, 'i': [j,]}, k: l, m n ]\n",
    "A: [\n  b, # comment\n  # comment\n  c\n  ]\nD: {\n    e:\n    f,\n\n    g: h }\n",
    // YAML 1.1 has no rule for lines in brackets and quotes.
    "A:\n  B: [\n  c,\nd\n]\n  E: 'f\ng'\n",
    "A: !Ref B\nC: !Sub 'd'\nE: !Sub |\n  f\nG: !GetAtt H.I.J\nK: !If [L, !Ref M, !GetAZs ]\nN: !GetAZs\nO: !GetAZs # nothing\nP:\n  !Join\n    - ''\n    - - q\n",
    "A: !If\n- B\n- !If\n  - C\n  - !Sub\n    - '${D}'\n    - D: !Ref E\n- !Equals [!Ref F, '']\nG: !Transform\n  Name: H\n  Parameters: {I: !Ref J}\n",
    "A:\n  - !Ref B\n  - !GetAZs\n  - !Sub >\n    c\n",
    // Positions and notes count characters.
    "Ä: [é, yes, '漢', NO] # ü\nB: 'é' # ü\nyes: 0123\nC: ünder\n  löng\n",
    "A: 0123\nB: 1_000\nC: 1:30\nD: 2010-09-09\nE: ~\nF: null\nG: True\nH: 1.50\nI: =\n",
];

/// And each shows what cannot.
const NOT_QUICK: &[&str] = &[
    "",
    "# nothing\n",
    "A: &a b\nC: *a\n",
    "? A\n: b\n",
    "A: b\r\nC: d\r\n",
    "A: b: c\n",
    "A: b\n  c: d\n",
    "A:\n   b: c\n  d: e\n",
    "A:\n  b: c\n d: e\n",
    "A: - b\n",
    "- a\nb: c\n",
    "a: b\n- c\n",
    "A: 'b' c\n",
    "A: 'b\n",
    "A: [b\n",
    "A: [b]]\n",
    "A: [b c: d e, f\n",
    "A: {b}\n",
    "A: [b]c\n",
    "A: 'b'#c\n",
    "A: @b\n",
    "A:\tb\n",
    "\tA: b\n",
    "A: |2\n  b\n",
    "A: |\nB: c\n",
    "A: |\n    \n  b\n",
    "A: \"\\x41\"\n",
    "A: !!str b\n",
    "A: !Unknown b\n",
    "A: ! b\n",
    "A: !Ref b: c\n",
    "A: b\n---\nC: d\n",
    "A: b\n...\nC: d\n",
    "A: 'b\n--- c'\n",
    "%YAML 1.2\n---\nA: b\n",
    "A: b\nA: c\n",
    "<<: {a: b}\n",
    "'A\n  b': c\n",
    "[A]: b\n",
];

#[test]
fn plain_documents_are_read_quickly_and_as_the_parser_reads_them() {
    for text in QUICK {
        assert!(compare(text), "not read quickly:\n{text}");
    }
}

#[test]
fn everything_else_is_left_to_the_parser() {
    for text in NOT_QUICK {
        assert!(!compare(text), "read quickly:\n{text}");
    }
    let long = |length: usize| format!("{}: b\n", "a".repeat(length));
    assert!(compare(&long(1_000)) && !compare(&long(1_001)));
}

#[test]
fn many_places_on_one_long_line_take_no_longer_than_on_many() {
    let text = format!("A: [{}b]\n", "é, ".repeat(90_000));
    assert!(read_quickly(&text, true).is_some());
}

/// Templates from outside, or the documents above where there are none.
fn documents() -> Vec<(String, String)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("STACK_CORPORA").map_or_else(beside, PathBuf::from);
    let mut found = Vec::new();
    for set in ["containers", "lint-good", "lint-bad", "lint-unit", "twins"] {
        for file in fs::read_dir(folder.join(set))
            .into_iter()
            .flatten()
            .flatten()
        {
            if let Ok(text) = fs::read_to_string(file.path())
                && !text.trim_start().starts_with(['{', '['])
            {
                found.push((file.path().display().to_string(), text));
            }
        }
    }
    if found.is_empty() {
        eprintln!("no outside templates at hand (STACK_CORPORA); only our own are compared");
        let own = QUICK.iter().chain(NOT_QUICK);
        found = own.map(|it| (String::new(), (*it).to_owned())).collect();
    }
    found.sort();
    found
}

#[test]
fn nearly_all_real_templates_are_read_quickly() {
    let documents = documents();
    let outside = documents.iter().filter(|it| it.0.contains("/containers/"));
    let outside: Vec<_> = outside.collect();
    let quick = outside.iter().filter(|it| compare(&it.1)).count();
    assert!(
        quick * 100 >= outside.len() * 94,
        "{quick} of {}",
        outside.len()
    );
}

/// What is put into documents.
const PIECES: &[&str] = &[
    " ", "  ", "\n", "\n\n", ": ", ":", "- ", "-", "#", " #", "'", "\"", "[", "]", "{", "}", ",",
    "|\n", ">-\n", "|+\n", ">", "!Ref ", "!Sub", "!If\n", "!GetAZs", "! ", "!!str ", "&a ", "*a",
    "? ", "\t", "\\", "---\n", "...", "%", "@", "é", "\u{feff}", "\u{2028}", "\r\n", "0", "yes",
    "~", "<<: ", "a: b", "\n  ", "\n- ", "\n\t", " \n", "{}", "[]",
];

/// Some lines of a document, as little indented as they can be.
fn lines_of(text: &str, from: Index, count: usize) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(from) = (!lines.is_empty()).then(|| from.index(lines.len())) else {
        return String::new();
    };
    let lines = &lines[from..lines.len().min(from + count)];
    let indent = |it: &&str| it.len() - it.trim_start_matches(' ').len();
    let written = lines.iter().filter(|it| !it.trim().is_empty());
    let least = written.map(indent).min().unwrap_or(0);
    lines
        .iter()
        .map(|it| it.get(least..).unwrap_or("\n"))
        .collect()
}

/// Changes a document a little.
fn change(text: &mut String, how: usize, at: Index, piece: usize) {
    let special: Vec<usize> = text
        .char_indices()
        .filter(|(_, it)| ":-#'\"[]{},|>!\n".contains(*it))
        .map(|(at, it)| {
            at + if how.is_multiple_of(2) {
                it.len_utf8()
            } else {
                0
            }
        })
        .collect();
    let breaks: Vec<usize> = text.match_indices('\n').map(|it| it.0).collect();
    if special.is_empty() || breaks.is_empty() {
        return;
    }
    let (place, line) = (
        special[at.index(special.len())],
        breaks[at.index(breaks.len())],
    );
    match how {
        0..=3 => text.insert_str(place, PIECES[piece]),
        4 | 5 if place < text.len() && text.is_char_boundary(place + 1) => {
            text.remove(place);
        }
        6 => text.insert_str(line + 1, &"    "[..1 + piece % 4]),
        7 if text[line + 1..].starts_with(' ') => {
            text.remove(line + 1);
        }
        8 => text.truncate(line),
        _ => text.replace_range(line..=line, " "),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_with_mistakes_are_read_quickly_only_as_the_parser_reads_them(
        document: Index,
        from: Index,
        count in 1..30_usize,
        changes in prop::collection::vec((0..10_usize, any::<Index>(), 0..PIECES.len()), 0..4),
    ) {
        use std::sync::LazyLock;
        static DOCUMENTS: LazyLock<Vec<(String, String)>> = LazyLock::new(documents);
        let mut text = lines_of(&DOCUMENTS[document.index(DOCUMENTS.len())].1, from, count);
        for (how, at, piece) in changes {
            change(&mut text, how, at, piece);
        }
        compare(&text);
    }
}
