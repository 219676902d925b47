//! The tags of a branch's stack: whose it is, and how long it lives.

use crate::Names;

/// Says that a stack is a branch environment; the value is the system's prefix. Without it, nothing
/// is deleted.
pub const SYSTEM: &str = "branch-environment";
/// The digest of repository and branch, [`Names::fingerprint`]: which branch it is.
pub const REF: &str = "branch-environment:ref";
/// The branch for people to read, [`readable`].
pub const BRANCH: &str = "branch-environment:branch";
/// Who asked for it.
pub const OWNER: &str = "branch-environment:owner";
/// Hours it lives after its last deployment. Without it, as long as its branch.
pub const HOURS: &str = "branch-environment:hours";

/// The tags that say whose a stack is: [`SYSTEM`], [`REF`] and [`BRANCH`].
pub fn ownership(names: &Names<'_>) -> [(&'static str, String); 3] {
    [
        (SYSTEM, names.naming().prefix().to_owned()),
        (REF, names.fingerprint()),
        (BRANCH, readable(names.branch())),
    ]
}

/// Whether the tags of a stack say that it is this branch's: both [`SYSTEM`] and [`REF`] are there
/// once, with these values.
pub fn owns<'t>(names: &Names<'_>, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> bool {
    let (mut system, mut reference) = (Vec::new(), Vec::new());
    for (key, value) in tags {
        match key {
            SYSTEM => system.push(value),
            REF => reference.push(value),
            _ => (),
        }
    }
    system == [names.naming().prefix()] && reference == [names.fingerprint()]
}

/// The branch in the characters that every service takes in a tag, at most 200: letters, digits and
/// `. _ / + @ : -` stand for themselves, other bytes are `=` and two hexadecimal digits. What is too
/// long ends in `...`.
///
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
pub fn readable(branch: &str) -> String {
    let mut text = String::new();
    for byte in branch.bytes() {
        let next = match byte {
            b'.' | b'_' | b'/' | b'+' | b'@' | b':' | b'-' => char::from(byte).to_string(),
            it if it.is_ascii_alphanumeric() => char::from(it).to_string(),
            it => format!("={it:02X}"),
        };
        if text.len() + next.len() > 197 {
            text.push_str("...");
            break;
        }
        text.push_str(&next);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naming;

    #[test]
    fn a_stack_is_a_branch_s_only_when_both_tags_say_so_once() {
        let names = naming!("preview", "acme/shop").names("feature/search");
        let print = names.fingerprint();
        let other = naming!("preview", "acme/shop")
            .names("feature-search")
            .fingerprint();
        for (tags, expected) in [
            (vec![(SYSTEM, "preview"), (REF, &*print)], true),
            (vec![("a", "b"), (REF, &*print), (SYSTEM, "preview")], true),
            (vec![(SYSTEM, "preview")], false),
            (vec![(REF, &*print)], false),
            (vec![(SYSTEM, "Preview"), (REF, &*print)], false),
            (vec![(SYSTEM, "preview"), (REF, &*other)], false),
            (
                vec![(SYSTEM, "preview"), (REF, &*print), (REF, &*other)],
                false,
            ),
            (
                vec![("Branch-Environment", "preview"), (REF, &*print)],
                false,
            ),
            (vec![], false),
        ] {
            assert_eq!(owns(&names, tags.clone()), expected, "{tags:?}");
        }
        let tags = ownership(&names);
        assert!(owns(
            &names,
            tags.iter().map(|(key, value)| (*key, &**value))
        ));
    }

    #[test]
    fn a_tag_holds_only_what_every_service_takes() {
        for (branch, expected) in [
            ("feature/search", "feature/search"),
            ("a=b", "a=3Db"),
            ("{{resolve:ssm:x}}", "=7B=7Bresolve:ssm:x=7D=7D"),
            ("ä", "=C3=A4"),
            ("a\u{202e}b", "a=E2=80=AEb"),
        ] {
            assert_eq!(readable(branch), expected);
        }
        assert_eq!(readable(&"x".repeat(300)).len(), 200);
        assert!(readable(&"ä".repeat(300)).len() <= 200);
    }
}
