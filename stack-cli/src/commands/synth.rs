//! `synth`: the templates of the stacks, and the manifest, as files.

use std::path::PathBuf;

use stack_core::{App, Assembly, Problem, SynthesizedStack};

use super::assemble;
use crate::files::{Change, Folder};
use crate::manifest::{self, TemplateFile, resources};
use crate::selection::{enumerate, select, with_producers};
use crate::stop::{Stop, tally};
use crate::table::Table;
use crate::terminal::{Terminal, count};

/// Write the templates of the stacks, and a manifest
#[derive(clap::Args, Debug)]
pub(crate) struct Synth {
    /// Only these stacks, by name or with `*`, and those they take values from
    stacks: Vec<String>,
    /// The folder to write to
    #[arg(
        long,
        value_name = "DIR",
        default_value = "stack.out",
        conflicts_with = "stdout"
    )]
    out: PathBuf,
    /// How templates are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print the template of one stack instead of writing files
    #[arg(long)]
    stdout: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Json,
    Yaml,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Yaml => "yaml",
        }
    }
}

impl Synth {
    pub(crate) fn run(
        &self,
        define: impl FnOnce(&mut App),
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let assembly = assemble(define, "; nothing was written")?;
        terminal.problems(assembly.notes());
        if self.stdout {
            return self.print(&assembly, terminal);
        }
        let selected = with_producers(&assembly, &select(&assembly, &self.stacks)?);
        let mut folder = Folder::open(&self.out)?;
        // With a selection, what is known of the other stacks stays as it is.
        let earlier = match folder.read(manifest::FILE)? {
            Some(content) if self.stacks.is_empty() => manifest::read(&content).unwrap_or_default(),
            _ => Default::default(),
        };
        let mut written = Vec::new();
        let mut table = Table::new();
        for stack in assembly.stacks().filter(|it| selected.contains(it.name)) {
            let yaml;
            let content = match self.format {
                Format::Json => stack.body.as_str(),
                Format::Yaml => {
                    yaml = stack.template.to_yaml();
                    &yaml
                }
            };
            let name = format!("{}.{}", stack.name, self.format.extension());
            let change = folder.write(&name, content.as_bytes())?;
            table.row([
                stack.name.to_owned(),
                count(resources(stack), "resource"),
                format!("{} bytes", content.len()),
                if change == Change::Unchanged {
                    "unchanged".to_owned()
                } else {
                    String::new()
                },
            ]);
            written.push(TemplateFile {
                stack,
                name,
                bytes: content.len(),
            });
        }
        folder.write(
            manifest::FILE,
            manifest::write(&assembly, &written).as_bytes(),
        )?;
        if !terminal.is_quiet() {
            terminal.result(&table.into_text())?;
        }
        remove_old(&folder, &earlier, &written, terminal)?;
        let total: usize = written.iter().map(|it| resources(it.stack)).sum();
        let bytes: usize = written.iter().map(|it| it.bytes).sum();
        let notes = match tally(assembly.notes()).as_str() {
            "" => String::new(),
            tally => format!("; {tally}"),
        };
        terminal.talk(&format!(
            "{}, {}, {bytes} bytes in {}{notes}",
            count(written.len(), "stack"),
            count(total, "resource"),
            self.out.display(),
        ));
        Ok(())
    }

    fn print(&self, assembly: &Assembly, terminal: &Terminal) -> Result<(), Stop> {
        let selected = select(assembly, &self.stacks)?;
        let mut stacks = assembly.stacks().filter(|it| selected.contains(it.name));
        let (Some(stack), None) = (stacks.next(), stacks.next()) else {
            let message = format!(
                "`--stdout` prints one template, and these are {}",
                selected.len()
            );
            let help = format!(
                "name one of {}",
                enumerate(assembly.stacks().map(|it| it.name))
            );
            return Err(Stop::usage(Problem::error("one-stack", message).help(help)));
        };
        match self.format {
            Format::Json => terminal.raw(&stack.body),
            Format::Yaml => terminal.raw(&yaml(stack)),
        }
    }
}

fn yaml(stack: &SynthesizedStack) -> String {
    stack.template.to_yaml()
}

/// Removes the templates that an earlier run wrote for stacks that are no longer there, or in the
/// other format. Only plain names are taken from the earlier manifest: nothing outside the folder
/// is touched.
fn remove_old(
    folder: &Folder,
    earlier: &std::collections::BTreeMap<String, String>,
    written: &[TemplateFile<'_>],
    terminal: &Terminal,
) -> Result<(), Stop> {
    for (stack, file) in earlier {
        let kept = written.iter().any(|it| it.name == *file);
        let ours = [".json", ".yaml"]
            .iter()
            .any(|it| *file == format!("{stack}{it}"));
        let plain = stack
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-');
        if !kept && ours && plain && folder.remove(file)? {
            let why = match written.iter().find(|it| it.stack.name == *stack) {
                Some(now) => format!("the stack is in {} now", now.name),
                None => "there is no such stack any more".to_owned(),
            };
            let place = folder.place(file);
            terminal.talk(&format!("removed {}: {why}", place.display()));
        }
    }
    Ok(())
}
