//! What `cargo xtask schema import` is asked for.

use std::path::PathBuf;

/// What may stand after `import`.
pub(crate) const OPTIONS: &str = "  --dry-run            write nothing; otherwise the same
  --check              write nothing, and fail when the facts would change
  --verbose            list what gets stricter, what is new and what no fact stands for
  --cfn-lint PATH      cfn-lint's wheel or a folder with its schemas, instead of the pinned version
  --service-spec PATH  the package of service-spec or its folder, instead of the pinned version
  --facts DIR          the folder of the facts, instead of stack-core/facts";

/// The command line, read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) dry_run: bool,
    pub(super) check: bool,
    pub(super) verbose: bool,
    pub(super) cfn_lint: Option<PathBuf>,
    pub(super) service_spec: Option<PathBuf>,
    pub(super) facts: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(words: &[&str]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, given)) => (name, Some(given)),
                None => (word, None),
            };
            let place = match name {
                "--cfn-lint" => &mut options.cfn_lint,
                "--service-spec" => &mut options.service_spec,
                "--facts" => &mut options.facts,
                _ => {
                    let flag = match word {
                        "--dry-run" => &mut options.dry_run,
                        "--check" => &mut options.check,
                        "--verbose" => &mut options.verbose,
                        _ => {
                            return Err(format!("`{word}` is no option of import:\n{OPTIONS}"));
                        }
                    };
                    *flag = true;
                    continue;
                }
            };
            let path = given.or_else(|| words.next());
            let path = path.filter(|it| !it.is_empty());
            *place = Some(path.ok_or_else(|| format!("`{name}` takes a path"))?.into());
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_read_in_both_spellings_and_mistakes_are_named() {
        let read = Options::parse(&["--dry-run", "--cfn-lint=a", "--facts", "b", "--verbose"]);
        let expected = Options {
            dry_run: true,
            verbose: true,
            cfn_lint: Some("a".into()),
            facts: Some("b".into()),
            ..Options::default()
        };
        assert_eq!(read.unwrap(), expected);
        for (words, says) in [
            (&["--cfn-lint"][..], "`--cfn-lint` takes a path"),
            (&["--facts="], "`--facts` takes a path"),
            (&["--quick"], "`--quick` is no option of import"),
            (&["--check=yes"], "`--check=yes` is no option of import"),
        ] {
            let refused = Options::parse(words).unwrap_err();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
