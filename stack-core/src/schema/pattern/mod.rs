//! Regular expressions as AWS writes them in its schemas, matched in bounded time.
//!
//! Look-ahead and Unicode properties occur in them, which the linear engines leave out, and the
//! texts they are matched against come from anywhere, which a backtracking engine without a bound
//! does not survive. This one backtracks, counts its steps, and says so when they run out. It
//! allocates nothing while it matches.

mod compile;
mod parse;
mod run;
mod set;

use compile::Program;

/// How many steps one text may cost: well above what the patterns need for texts that AWS takes,
/// and a fraction of a millisecond.
const STEPS: u32 = 200_000;

/// A compiled regular expression.
#[derive(Debug)]
pub(super) struct Pattern(Option<Program>);

impl Pattern {
    /// Compiles a pattern in the common part of ECMAScript, Java and Python; `\A`, `\Z` and
    /// `\p{…}` are understood as the latter two do. One that is not understood decides nothing.
    pub(super) fn new(pattern: &str) -> Pattern {
        Pattern(parse::parse(pattern).and_then(|it| compile::compile(&it)))
    }

    /// Whether some part of the text matches. `None` when that was not found out: the pattern is
    /// not understood, or the text costs too many steps.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        self.0.as_ref().and_then(|it| run::search(it, text, STEPS))
    }

    /// Whether the pattern was understood.
    #[cfg(test)]
    pub(super) fn is_understood(&self) -> bool {
        self.0.is_some()
    }
}

/// Whether the whole text matches, as `AllowedPattern` of a parameter asks for. `None` when that was
/// not found out.
pub(crate) fn matches_wholly(pattern: &str, text: &str) -> Option<bool> {
    Pattern::new(&format!("^(?:{pattern})$")).matches(text)
}

#[cfg(test)]
mod tests {
    use super::super::table::table;
    use super::*;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let compiled = Pattern::new(pattern);
        for text in yes {
            assert_eq!(compiled.matches(text), Some(true), "{pattern} {text:?}");
        }
        for text in no {
            assert_eq!(compiled.matches(text), Some(false), "{pattern} {text:?}");
        }
    }

    #[test]
    fn matches_as_the_authors_of_the_patterns_mean() {
        check("^[a-z]{2,4}$", &["ab", "abcd"], &["a", "abcde", "ab\n", ""]);
        check("abc", &["abc", "xxabcxx"], &["ab"]);
        check("^(a|bc)+d?$", &["abca", "bcd"], &["b", "d", "add"]);
        check("^(?!aws:)[a-z:]+$", &["aw:s"], &["aws:x"]);
        check("^(?=.{3,5}$)[a-z]+$", &["abc"], &["ab", "abcdef"]);
        check("^[a-z-]+(?<!-)$", &["a-b"], &["a-"]);
        check(r"^[a-z.]+(?<!\.git)$", &["git", "a.gi"], &["a.git"]);
        check(r"^[\uD800\uDBFF-\uDC00\uDFFF]$", &["\u{1F600}"], &["a"]);
        check("^x*y{0}z$", &["z", "xxz"], &["yz"]);
        check("(^a$)|(^b$)", &["a", "b"], &["ab"]);
        check(r"^[\w\s+=.@-]{1,64}$", &["Jane Doe"], &["a/b"]);
        check(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", &["Größe 3", ""], &["a#"]);
        check(r"^\p{Lu}+$", &["ABC"], &["aBC"]);
        check(r"^[^\x00-\x1F]*$", &["é"], &["\u{1}"]);
        check(r"^\u0041[\u0042-\u0044]$", &["AB", "AD"], &["AE"]);
        check(r"^[\uD800\uDC00-\uDBFF\uDFFF]$", &["\u{1F600}"], &["a"]);
        check(r"\A\d+\Z", &["12"], &["a12"]);
        check(
            "^a{2}b{2,}c{,2}$",
            &["aabb", "aabbbcc"],
            &["abb", "aabbccc"],
        );
        check("^a{b}$", &["a{b}"], &["ab"]);
        check("^[]a]$", &["]", "a"], &["b"]);
        check("^[a-]$", &["a", "-"], &["b"]);
        check("^.*?b$", &["aab"], &["aa"]);
        check("^(?i)stop$", &["Stop"], &["step"]);
        check("^(a+)+$", &["aaa"], &["aab"]);
        check("^((a{1,3},?){2})$", &["a,a", "aaaa"], &["a"]);
        check(r"^\bfoo\b", &["foo bar"], &["foobar"]);
        check("^(|a|ab)$", &["", "a", "ab"], &["b"]);
        check("^[+-]?[0-9]*\\.?[0-9]+$", &["-1.5", "3"], &["1.", "+"]);
        check("^(a|ab)(c|bcd)(d*)$", &["abcd"], &["abd"]);
        check("^(a?){3}a{3}$", &["aaa", "aaaaaa"], &["aa"]);
        check("^(?:-?[a-z]){0,3}$", &["a-b-c"], &["a-b-c-d", "a--b"]);
        check("^(?:(?:a|b)*c)*$", &["abcbc", ""], &["ab"]);
    }

    #[test]
    fn the_patterns_of_the_schemas_are_understood() {
        let count = table().pattern_count();
        let understood = (0..count)
            .filter(|it| Pattern::new(table().pattern_text(*it)).is_understood())
            .count();
        let strange = count as usize - understood;
        assert!(
            strange <= 1,
            "{strange} of {count} patterns are not understood"
        );
    }

    #[test]
    fn hostile_texts_cost_a_bounded_time() {
        let texts = [
            "a".repeat(100_000),
            "a-".repeat(50_000) + "!",
            "arn:aws:".repeat(10_000) + "\n",
            "1.".repeat(30_000) + "x",
            "/".repeat(60_000) + "\u{0}",
            " ".repeat(50_000) + "\u{1F600}",
        ];
        for pattern in [
            "^(a+)+$",
            "(x+x+)+y",
            "^(([a-z])+.)+[A-Z]$",
            "(.*)*#",
            ".*.*.*=.*",
        ] {
            let pattern = Pattern::new(pattern);
            // Either found out, or given up in time: it ends.
            let answers: Vec<Option<bool>> = texts.iter().map(|it| pattern.matches(it)).collect();
            assert_eq!(answers.len(), texts.len());
        }
    }

    #[test]
    fn no_pattern_of_the_schemas_can_be_made_to_take_long() {
        let text = "a-".repeat(5_000) + "!";
        let steps = table().pattern_count();
        for number in (0..steps).step_by(7) {
            let pattern = Pattern::new(table().pattern_text(number));
            let started = std::time::Instant::now();
            let _ = pattern.matches(&text);
            // A few milliseconds where this is not optimized; the rest is for busy machines.
            let took = started.elapsed();
            let pattern = table().pattern_text(number);
            assert!(took.as_millis() < 1000, "{took:?} for `{pattern}`");
        }
    }
}
