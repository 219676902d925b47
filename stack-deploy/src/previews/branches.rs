//! The branches that a repository has, as a list of text says.

use std::collections::BTreeSet;

/// The branches of a list: one on each line, with or without `refs/heads/`, or lines of
/// `git ls-remote --heads`. Empty lines and those that begin with `#` are left out.
///
/// # Errors
///
/// A line that is neither; a list without any branch, which would mean that all are gone.
///
/// ```
/// use stack_deploy::previews::branches_of;
///
/// let all = branches_of("main\nrefs/heads/feature/search\n").unwrap();
/// assert!(all.contains("feature/search"));
/// assert!(branches_of("").is_err());
/// ```
pub fn branches_of(text: &str) -> Result<BTreeSet<String>, String> {
    let mut all = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let reference = match line.split_once('\t') {
            Some((hash, reference))
                if matches!(hash.len(), 40 | 64)
                    && hash.bytes().all(|it| it.is_ascii_hexdigit()) =>
            {
                reference
            }
            Some(_) => return Err(format!("line {} is no line of `git ls-remote`", index + 1)),
            None => line.trim(),
        };
        let branch = match reference.strip_prefix("refs/") {
            Some(rest) => rest.strip_prefix("heads/"),
            None => Some(reference),
        };
        // Tags and pull requests are no branches.
        let Some(branch) = branch else { continue };
        if branch.is_empty() || branch.contains(' ') {
            return Err(format!("line {} is no branch", index + 1));
        }
        all.insert(branch.to_owned());
    }
    match all.is_empty() {
        true => Err("the list has no branch: all environments would go".to_owned()),
        false => Ok(all),
    }
}
