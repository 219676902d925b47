//! The specification of the names: known answers, limits, injectivity, hostile branches.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use branch_naming::{InvalidNaming, Names, Naming, RESERVED, naming, tags};

const PREVIEWS: Naming = naming!("preview", "acme/shop");

/// Branches that somebody chose to do harm, or that once did.
fn hostile() -> Vec<String> {
    let mut all: Vec<String> = include_str!("hostile.txt")
        .lines()
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    for length in [
        1, 19, 23, 24, 25, 29, 30, 31, 39, 40, 41, 63, 64, 128, 250, 5_000,
    ] {
        all.push("a".repeat(length));
        all.push("-".repeat(length));
        all.push("é".repeat(length));
        all.push(format!("{}-{}", "a".repeat(length), "0123456789"));
        all.push(format!("{}/", "1".repeat(length)));
    }
    all.extend((0..=255_u8).map(|it| format!("a{}b", char::from(it))));
    all.extend(
        [
            "",
            "\0",
            "a\0b",
            "a\nb",
            "a\r\nb",
            "\u{feff}a",
            "a\u{200b}b",
        ]
        .map(str::to_owned),
    );
    all
}

fn is_label(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
        && !text.bytes().all(|it| it.is_ascii_digit())
}

fn within_limits(names: &Names<'_>) {
    let branch = names.branch();
    let prefix = names.naming().prefix();
    assert!(
        is_label(&names.label(), 40),
        "{branch:?}: {}",
        names.label()
    );
    assert!(!RESERVED.contains(&&*names.label()), "{branch:?}");
    assert!(
        is_label(&names.target_group(), 32),
        "{branch:?}: {}",
        names.target_group()
    );
    assert!(!names.target_group().starts_with("internal-"));
    assert!(
        is_label(&names.stack(), 53),
        "{branch:?}: {}",
        names.stack()
    );
    assert!(names.stack().starts_with(&format!("{prefix}-")));
    assert!(names.role().len() <= 64 && names.service().len() <= 255);
    assert!(names.image_tag().len() <= 128 && names.log_group().len() <= 512);
    assert!(names.log_group().starts_with(&format!("/{prefix}/")));
    let database = names.database();
    assert!(database.len() <= 63, "{branch:?}: {database}");
    assert!(
        database
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
    );
    assert!(names.host("preview.shop.example").len() <= 128);
    assert!((1..=50_000).contains(&names.rule_priority()));
    for (key, value) in tags::ownership(names) {
        assert!(key.len() <= 128 && value.len() <= 256, "{branch:?}");
        assert!(
            value
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b" +-=._:/@".contains(&it))
        );
    }
}

fn all_names(names: &Names<'_>) -> [String; 5] {
    [
        names.label(),
        names.target_group(),
        names.log_group(),
        names.database(),
        names.stack(),
    ]
}

#[test]
fn the_known_answers_of_the_specification_hold() {
    let page = include_str!("../SPECIFICATION.md");
    let rows = page
        .split("| branch | label | target group |")
        .nth(1)
        .unwrap();
    let mut seen = 0;
    for row in rows.lines().filter(|it| it.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split("` | `").collect();
        let [branch, label, group] = cells.as_slice() else {
            unreachable!("{row}")
        };
        let branch = branch.trim_start_matches([' ', '`']).replace("\\|", "|");
        let branch = match branch.strip_prefix("a × ") {
            Some(count) => "a".repeat(count.parse().unwrap()),
            None => branch,
        };
        let names = PREVIEWS.names(&branch);
        assert_eq!(names.label(), *label, "{branch}");
        assert_eq!(
            names.target_group(),
            group.trim_end_matches([' ', '`']),
            "{branch}"
        );
        seen += 1;
    }
    assert!(seen >= 25);
}

#[test]
fn hostile_branches_have_safe_names_and_each_its_own() {
    for prefix in ["p", "preview", "abcdefghijkl"] {
        let naming = Naming::new(prefix, "acme/shop").unwrap();
        let mut owner: BTreeMap<String, String> = BTreeMap::new();
        let mut branches = hostile();
        branches.sort();
        branches.dedup();
        assert!(branches.len() > 400);
        for branch in branches {
            let names = naming.names(&branch);
            within_limits(&names);
            let [label, group, ..] = all_names(&names);
            for name in [format!("label {label}"), format!("group {group}")] {
                let before = owner.insert(name, branch.clone());
                assert_eq!(before, None, "{branch:?} has the same name");
            }
        }
    }
}

#[test]
fn reserved_words_are_never_a_label() {
    for word in RESERVED {
        let names = PREVIEWS.names(word);
        assert!(names.label().starts_with(&format!("{word}-")), "{word}");
        within_limits(&names);
    }
    assert!(RESERVED.is_sorted());
}

#[test]
fn what_looks_like_a_hashed_name_is_hashed_again() {
    let hashed = PREVIEWS.names("feature/search").label();
    assert_ne!(PREVIEWS.names(&hashed).label(), hashed);
    // And a branch cannot be made that is plain and has another's hashed name.
    let group = PREVIEWS.names(&"a".repeat(40)).target_group();
    let squatter = group.strip_prefix("preview-").unwrap();
    assert_ne!(PREVIEWS.names(squatter).target_group(), group);
}

#[test]
fn another_repository_has_other_hashes_and_another_prefix_other_names() {
    let other = naming!("preview", "acme/blog");
    assert_ne!(PREVIEWS.names("a/b").label(), other.names("a/b").label());
    assert_ne!(
        PREVIEWS.names("search").fingerprint(),
        other.names("search").fingerprint()
    );
    assert_ne!(
        naming!("shop", "acme/shop").names("search").stack(),
        PREVIEWS.names("search").stack()
    );
}

#[test]
fn prefixes_and_repositories_that_cannot_be_are_refused() {
    for prefix in [
        "",
        "Preview",
        "1a",
        "pre-view",
        "abcdefghijklm",
        "a b",
        "é",
        "internal",
        "a*",
    ] {
        assert_eq!(
            Naming::new(prefix, "acme/shop"),
            Err(InvalidNaming::Prefix),
            "{prefix}"
        );
    }
    for repository in ["", "acme shop", "acme/\0", "ä/b", &"x".repeat(201)] {
        assert_eq!(
            Naming::new("p", repository),
            Err(InvalidNaming::Repository),
            "{repository}"
        );
    }
}

/// splitmix64: the same pairs on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn branch(&mut self) -> String {
        const PIECES: &[&str] = &[
            "feature",
            "fix",
            "search",
            "cart",
            "main",
            "a",
            "b",
            "0",
            "12",
            "0123456789",
            "abcdef0123",
            "/",
            "-",
            "_",
            ".",
            "--",
            "Feature",
            "SEARCH",
            "ä",
            "а",
            "🚀",
            "\u{202e}",
            "$",
            "`",
            " ",
        ];
        let pieces = 1 + self.below(7);
        (0..pieces)
            .map(|_| PIECES[self.below(PIECES.len())])
            .collect()
    }

    /// A branch that differs a little: one character's case, sort or presence.
    fn near(&mut self, branch: &str) -> String {
        let mut letters: Vec<char> = branch.chars().collect();
        let at = self.below(letters.len());
        match self.below(5) {
            0 => {
                letters[at] = if letters[at].is_uppercase() {
                    'f'
                } else {
                    letters[at].to_ascii_uppercase()
                }
            }
            1 => letters[at] = ['-', '/', '_', '.', 'а', 'a'][self.below(6)],
            2 => letters.insert(at, ['-', '/', '0', '\u{200b}'][self.below(4)]),
            3 => letters.push(['-', '/', '0', 'a'][self.below(4)]),
            _ => drop(letters.remove(at)),
        }
        letters.into_iter().collect()
    }
}

#[test]
fn a_million_pairs_of_branches_have_different_names() {
    let mut random = Random(0x5eed);
    let mut different = 0;
    while different < 1_000_000 {
        let one = random.branch();
        let other = if random.below(2) == 0 {
            random.near(&one)
        } else {
            random.branch()
        };
        if one == other {
            continue;
        }
        different += 1;
        let (a, b) = (PREVIEWS.names(&one), PREVIEWS.names(&other));
        assert_ne!(a.label(), b.label(), "{one:?} {other:?}");
        assert_ne!(a.target_group(), b.target_group(), "{one:?} {other:?}");
        if different % 100 == 0 {
            within_limits(&a);
            within_limits(&b);
            for (x, y) in all_names(&a).iter().zip(all_names(&b)) {
                assert_ne!(*x, y, "{one:?} {other:?}");
            }
        }
    }
}
