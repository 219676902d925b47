//! What is judged: the stacks of an app, or template files, with the line that each part comes from.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use stack_core::build::Accepted;
use stack_core::template::Positions;
use stack_core::{Assembly, Problem, Template};
use stack_review::{Estate, StackInput};

use crate::manifest::{self, Recorded};
use crate::source::{Source, is_template_name};
use crate::stop::Stop;

/// The stacks that are judged together.
#[derive(Debug)]
pub(crate) struct Subject {
    stacks: Stacks,
    accepted: Vec<Accepted>,
}

#[derive(Debug)]
enum Stacks {
    Program(Box<Assembly>),
    /// Sorted by name.
    Files(Vec<File>),
}

/// A template file.
#[derive(Debug)]
struct File {
    /// What its stack is called.
    name: String,
    template: Template,
    recorded: Recorded,
    /// The file, as the user would write it.
    shown: String,
    positions: Positions,
    /// Whether it was named by itself.
    is_alone: bool,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl File {
    fn input(&self) -> StackInput<'_> {
        let recorded = &self.recorded;
        let arguments = recorded.arguments.iter();
        let wires = recorded.wires.iter();
        StackInput {
            arguments: arguments
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            wires: wires
                .map(|(name, (stack, output))| (name.as_str(), (stack.as_str(), output.as_str())))
                .collect(),
            account: recorded.account.as_deref(),
            region: recorded.region.as_deref(),
            ..StackInput::new(&self.name, &self.template)
        }
    }
}

impl Subject {
    /// The stacks of an app.
    pub(crate) fn of_assembly(assembly: Assembly) -> Subject {
        Subject {
            accepted: assembly.accepted().to_vec(),
            stacks: Stacks::Program(Box::new(assembly)),
        }
    }

    /// Template files, folders of them, and folders that `synth` wrote, now or at a revision.
    ///
    /// # Errors
    /// A file that cannot be read, a template that makes no sense.
    pub(crate) fn read(arguments: &[String]) -> Result<Subject, Stop> {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        let mut accepted = Vec::new();
        for argument in arguments {
            let argument = Source::of(argument);
            let names = argument.list()?;
            let is_alone = names.is_none();
            let named = named(&argument, names)?;
            accepted.extend(named.accepted);
            for (name, source, recorded) in named.files {
                let shown = source.shown();
                match Template::parse_with_positions(&source.read()?) {
                    Ok((template, positions)) => files.push(File {
                        name,
                        template,
                        recorded,
                        shown,
                        positions,
                        is_alone,
                    }),
                    Err(wrong) => problems.extend(wrong.into_iter().map(|it| Problem {
                        place: Some(match it.place {
                            Some(place) => format!("{shown}:{place}"),
                            None => shown.clone(),
                        }),
                        ..it
                    })),
                }
            }
        }
        by_path_where_names_clash(&mut files);
        match problems.is_empty() {
            true => Ok(Subject {
                stacks: Stacks::Files(files),
                accepted,
            }),
            false => Err(Stop::Usage(problems)),
        }
    }

    /// The assembly, when these are the stacks of an app.
    #[cfg(feature = "aws")]
    pub(crate) fn assembly(&self) -> Option<&Assembly> {
        match &self.stacks {
            Stacks::Program(assembly) => Some(assembly),
            Stacks::Files(_) => None,
        }
    }

    /// The stacks as they are judged.
    pub(crate) fn estate(&self) -> Estate<'_> {
        Estate::new(self.inputs())
    }

    /// The stacks with what is known of their deployment.
    pub(crate) fn inputs(&self) -> Vec<StackInput<'_>> {
        match &self.stacks {
            Stacks::Program(assembly) => StackInput::of_assembly(assembly),
            Stacks::Files(files) => files.iter().map(File::input).collect(),
        }
    }

    /// Two templates alone are versions of one stack, whatever their files are called.
    pub(crate) fn call_as(&mut self, other: &Subject) {
        if let (Stacks::Files(mine), Stacks::Files(theirs)) = (&mut self.stacks, &other.stacks)
            && let ([mine], [theirs]) = (mine.as_mut_slice(), theirs.as_slice())
            && mine.is_alone
            && theirs.is_alone
        {
            mine.name.clone_from(&theirs.name);
        }
    }

    /// The findings that are meant.
    pub(crate) fn accepted(&self) -> &[Accepted] {
        &self.accepted
    }

    /// Says of further findings that they are meant.
    pub(crate) fn accept(&mut self, more: impl IntoIterator<Item = Accepted>) {
        self.accepted.extend(more);
    }

    /// The line of the user's that a place in a stack comes from.
    pub(crate) fn line(&self, stack: &str, place: &str) -> Option<Line> {
        match &self.stacks {
            Stacks::Program(assembly) => {
                let end = place.find(['.', '/', '[']).unwrap_or(place.len());
                let origin = assembly.stack(stack)?.origins.get(&place[..end])?;
                Some(Line {
                    file: origin.file.to_owned(),
                    line: origin.line,
                })
            }
            Stacks::Files(files) => {
                let file = files.iter().find(|it| it.name == stack)?;
                Some(Line {
                    file: file.shown.clone(),
                    line: file.positions.nearest(&in_template(&file.template, place)),
                })
            }
        }
    }
}

/// `Api.LoadBalancers[0]` is `Resources.Api.Properties.LoadBalancers[0]` of the template,
/// `Api/DependsOn` is `Resources.Api.DependsOn`; other sections have their own names.
fn in_template(template: &Template, place: &str) -> String {
    let end = place.find(['.', '/', '[']).unwrap_or(place.len());
    let (id, rest) = place.split_at(end);
    if template.resource(id).is_none() {
        return place.to_owned();
    }
    match rest.strip_prefix('/') {
        Some(attribute) => format!("Resources.{id}.{attribute}"),
        None if rest.is_empty() => format!("Resources.{id}"),
        None => format!("Resources.{id}.Properties{rest}"),
    }
}

/// A stack is called as its file; two files of one name, by their paths.
fn by_path_where_names_clash(files: &mut [File]) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.iter() {
        *times.entry(file.name.clone()).or_default() += 1;
    }
    for file in files.iter_mut().filter(|it| times[&it.name] > 1) {
        file.name.clone_from(&file.shown);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let without = name.split_once('.').map_or(&*name, |it| it.0);
    without.to_owned()
}

/// What an argument names.
struct Named {
    /// Name of the stack, template, and what a manifest says of it.
    files: Vec<(String, Source, Recorded)>,
    /// Findings that a manifest says are meant.
    accepted: Vec<Accepted>,
}

impl Named {
    fn without_manifest(files: impl IntoIterator<Item = Source>) -> Named {
        let files = files.into_iter();
        Named {
            files: files
                .map(|it| (stem(it.path()), it, Recorded::default()))
                .collect(),
            accepted: Vec::new(),
        }
    }
}

/// The templates that an argument names; of a folder, `names` are its files.
fn named(source: &Source, names: Option<Vec<String>>) -> Result<Named, Stop> {
    let Some(names) = names else {
        return match source.path().file_name() == Some(OsStr::new(manifest::FILE)) {
            true => recorded(source),
            false => Ok(Named::without_manifest([source.clone()])),
        };
    };
    if names.iter().any(|it| it == manifest::FILE) {
        return recorded(&source.join(manifest::FILE));
    }
    let templates = names.iter().filter(|it| is_template_name(it));
    let named = Named::without_manifest(templates.map(|it| source.join(it)));
    if named.files.is_empty() {
        let message = format!("there are no templates in `{}`", source.shown());
        let help = "templates end in `.json`, `.yaml`, `.yml` or `.template`";
        return Err(Problem::error("no-templates", message).help(help).into());
    }
    Ok(named)
}

/// The templates of a folder that `synth` wrote, with what its manifest says of them.
fn recorded(manifest: &Source) -> Result<Named, Stop> {
    let text = manifest.read()?;
    let Some(records) = manifest::recorded(text.as_bytes()) else {
        let message = format!("`{}` is no manifest of ours", manifest.shown());
        return Err(Problem::error("foreign-manifest", message).into());
    };
    let folder = manifest.parent();
    let stacks = records.stacks.into_iter();
    Ok(Named {
        files: stacks
            .map(|(name, (file, recorded))| (name, folder.join(&file), recorded))
            .collect(),
        accepted: records.accepted,
    })
}
