//! `synth`: writes the templates and the manifest.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use stack_core::{App, Assembly, Problem, SynthesizedStack};

use crate::folder::{Change, Folder};
use crate::manifest::{self, TemplateFile, resources};
use crate::selection::{enumerate, select, with_producers};
use crate::stop::{Stop, tally};
use crate::table::columns;
use crate::terminal::{Terminal, count, plural};

/// Write the stacks as CloudFormation templates
///
/// Writes DIR/<Stack>.json (or .yaml) for each stack and DIR/manifest.json, and prints a line per stack. A
/// file that would not change is not touched; files of stacks that are gone are removed.
///
/// With STACKs, those are written and the stacks they take values from; the manifest then covers
/// these, so that it never names a template that is missing or old.
#[derive(clap::Args, Debug)]
pub(crate) struct Synth {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR", default_value = "stack.out")]
    out: PathBuf,
    /// How templates are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print the template of one stack, and write no file
    #[arg(long, conflicts_with = "out")]
    stdout: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Json,
    Yaml,
}

impl Format {
    fn file(self, stack: &str) -> String {
        match self {
            Format::Json => format!("{stack}.json"),
            Format::Yaml => format!("{stack}.yaml"),
        }
    }

    fn text(self, stack: &SynthesizedStack) -> Cow<'_, str> {
        match self {
            Format::Json => Cow::Borrowed(stack.body()),
            Format::Yaml => Cow::Owned(stack.template.to_yaml()),
        }
    }
}

impl Synth {
    pub(crate) fn run(&self, app: App, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = app.synth().map_err(|problems| Stop::Problems {
            problems,
            consequence: "; nothing was written",
        })?;
        terminal.problems(assembly.notes());
        let selected = select(&assembly, &self.stacks)?;
        let result = if self.stdout {
            self.print(&assembly, &selected, terminal)
        } else {
            self.write(&assembly, &selected, terminal)
        };
        // The process ends now: taking the trees apart one by one would cost milliseconds.
        std::mem::forget(assembly);
        result
    }

    fn print(
        &self,
        assembly: &Assembly,
        selected: &BTreeSet<&'static str>,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let mut stacks = selected.iter().filter_map(|it| assembly.stack(it));
        match (stacks.next(), stacks.next()) {
            (Some(stack), None) => terminal.raw(&self.format.text(stack)),
            _ => {
                let number = count(selected.len(), "stack");
                let message = format!("`--stdout` prints one stack, and these are {number}");
                let names = enumerate(selected.iter().copied());
                let help = format!("name one of {names}");
                Err(Problem::error("not-one-stack", message).help(help).into())
            }
        }
    }

    fn write(
        &self,
        assembly: &Assembly,
        selected: &BTreeSet<&'static str>,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        check_file_names(assembly)?;
        let all = with_producers(assembly, selected);
        let mut folder = Folder::open(&self.out)?;
        let earlier = earlier(&folder)?;
        let mut files = Vec::with_capacity(all.len());
        let mut rows = Vec::with_capacity(all.len());
        let mut written = 0;
        for name in assembly.order().iter().filter(|it| all.contains(*it)) {
            let Some(stack) = assembly.stack(name) else {
                continue;
            };
            let (file, text) = (self.format.file(name), self.format.text(stack));
            let change = folder.write(&file, text.as_bytes())?;
            let word = match change {
                Change::Written => "written",
                Change::Unchanged => "unchanged",
            };
            written += usize::from(change == Change::Written);
            rows.push(row(stack, text.len(), word));
            files.push(TemplateFile {
                stack,
                name: file,
                bytes: text.len(),
            });
        }
        let manifest = manifest::write(assembly, &files);
        folder.write(manifest::FILE, manifest.as_bytes())?;
        folder.finish()?;
        self.remove_old(assembly, &earlier, &files, &folder, terminal)?;
        if !terminal.is_quiet() {
            terminal.result(&columns(&rows))?;
        }
        terminal.talk(&self.total(assembly, &files, written));
        Ok(())
    }

    /// Removes what an earlier run wrote for stacks that are gone, or in another format.
    fn remove_old(
        &self,
        assembly: &Assembly,
        earlier: &BTreeMap<String, String>,
        files: &[TemplateFile<'_>],
        folder: &Folder,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let current: BTreeMap<&str, &str> = files
            .iter()
            .map(|it| (it.stack.name, it.name.as_str()))
            .collect();
        let written = current.values().copied();
        let kept: BTreeSet<&str> = written.chain([manifest::FILE]).collect();
        for (stack, file) in earlier {
            let why = match current.get(stack.as_str()) {
                Some(now) if now == file => continue,
                Some(now) => format!("it is `{now}` now"),
                // Not selected this time: its file is as old as it is, but it is the app's.
                None if assembly.stack(stack).is_some() => continue,
                None => format!("the app has no stack `{stack}` any more"),
            };
            // The manifest is a file that anybody can write: it must not lead elsewhere.
            let is_ours = *file == format!("{stack}.json") || *file == format!("{stack}.yaml");
            if !is_ours || !is_stack_name(stack) || kept.contains(file.as_str()) {
                continue;
            }
            if folder.remove(file)? {
                let path = folder.place(file);
                terminal.talk(&format!("removed {}: {why}", path.display()));
            }
        }
        Ok(())
    }

    fn total(&self, assembly: &Assembly, files: &[TemplateFile<'_>], written: usize) -> String {
        let bytes: usize = files.iter().map(|it| it.bytes).sum();
        let all: usize = files.iter().map(|it| resources(it.stack)).sum();
        let mut total = format!(
            "{}: {}, {}, {}; {written} written, {} unchanged",
            self.out.display(),
            count(files.len(), "stack"),
            count(all, "resource"),
            count(bytes, "byte"),
            files.len() - written,
        );
        let warnings = tally(assembly.notes());
        if !warnings.is_empty() {
            total.push_str("; ");
            total.push_str(&warnings);
        }
        total
    }
}

fn row(stack: &SynthesizedStack, bytes: usize, change: &str) -> [String; 6] {
    let number = resources(stack);
    [
        stack.name.to_owned(),
        number.to_string(),
        plural(number, "resource"),
        bytes.to_string(),
        plural(bytes, "byte"),
        change.to_owned(),
    ]
}

/// The files that the manifest of an earlier run lists, by stack.
///
/// # Errors
/// When the folder holds a manifest that is not ours: then it belongs to something else.
fn earlier(folder: &Folder) -> Result<BTreeMap<String, String>, Stop> {
    let Some(content) = folder.read(manifest::FILE)? else {
        return Ok(BTreeMap::new());
    };
    manifest::read(&content).ok_or_else(|| {
        let path = folder.place(manifest::FILE);
        let message = format!("`{}` is not a manifest of `synth`", path.display());
        let help = "choose another folder with `--out`, or remove the file";
        Problem::error("foreign-manifest", message)
            .help(help)
            .into()
    })
}

/// Some file systems hold only one of two names that differ in case.
fn check_file_names(assembly: &Assembly) -> Result<(), Stop> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for stack in assembly.stacks() {
        let lower = stack.name.to_ascii_lowercase();
        let name = stack.name;
        if lower == "manifest" {
            let message = format!("the file of stack `{name}` would be taken for the manifest");
            problems.push(Problem::error("file-name-taken", message).at(name));
        } else if let Some(other) = taken.insert(lower, name) {
            let message = format!(
                "stacks `{other}` and `{name}` differ only in case, and some file systems keep only one of their files"
            );
            problems.push(Problem::error("file-name-taken", message).at(name));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let help = "give the stack another name";
    let problems = problems.into_iter().map(|it| it.help(help)).collect();
    Err(Stop::Problems {
        problems,
        consequence: "; nothing was written",
    })
}

/// Letters, digits and hyphens: nothing that leads out of a folder.
fn is_stack_name(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
    !text.is_empty() && text.bytes().all(plain)
}
