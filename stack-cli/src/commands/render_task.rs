//! `render-task`: puts values into a template of a task definition.

use std::path::{Path, PathBuf};

use stack_core::Problem;
use stack_text::{
    Provenance, Registered, RenderOptions, TaskDefinitionTemplate, Unmanaged, Values,
};

use crate::files;
use crate::folder::{Change, write_file};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Put values into the `{{placeholders}}` of a task definition
///
/// TEMPLATE is a task definition in JSON as `aws ecs register-task-definition --cli-input-json`
/// takes it, with placeholders like `{{image.tag}}` in its strings. Every placeholder needs a value
/// and every value a placeholder. Values cannot break the JSON.
#[derive(clap::Args, Debug)]
pub(crate) struct RenderTask {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,
    /// A file of values, `.toml` or `.json`; the later ones override the earlier ones
    #[arg(long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// One value, as text; overrides files. `image.tag=1.4.2` sets `tag` in `image`
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Leave out what only ECS sets, such as `revision`: for a template made from
    /// `aws ecs describe-task-definition`
    #[arg(long)]
    drop_read_only: bool,
    /// Keep keys that this version does not know; without it, they are refused
    #[arg(long)]
    keep_unknown: bool,
    /// What is registered now, as `aws ecs describe-task-definition` prints it
    #[arg(long, value_name = "FILE")]
    registered: Option<PathBuf>,
    /// What to do with keys that are registered and that the template does not say
    #[arg(long, value_enum, default_value_t, requires = "registered")]
    unmanaged: UnmanagedKeys,
    /// Tag the task definition with the template's name and SHA-256
    #[arg(long)]
    provenance: bool,
    /// The template's version where it is kept, such as S3's version id, for the tags
    #[arg(long, value_name = "ID", requires = "provenance")]
    template_version: Option<String>,
    /// The file to write, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum UnmanagedKeys {
    /// Each is a problem
    #[default]
    Refuse,
    /// Register them again as they are
    Keep,
}

impl RenderTask {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let text = files::read_text(&self.template)?;
        let name = self.template.display().to_string();
        let mut problems = Vec::new();
        let template = TaskDefinitionTemplate::parse(&text, &name)
            .map_err(|it| problems.extend(it))
            .ok();
        let values = self.values(&mut problems)?;
        let options = self.options(&text, &name, &mut problems)?;
        let rendered = match template.map(|it| it.render_with(&values, &options)) {
            Some(Ok(it)) if problems.is_empty() => it,
            other => {
                // Without all values, what render misses is not what is wrong.
                if problems.is_empty() {
                    problems.extend(other.and_then(Result::err).unwrap_or_default());
                }
                let consequence = match self.out {
                    Some(_) => "; nothing was written",
                    None => "",
                };
                return Err(Stop::Problems {
                    problems,
                    consequence,
                });
            }
        };
        terminal.problems(&rendered.notes);
        let Some(out) = &self.out else {
            return terminal.raw(&rendered.json);
        };
        let change = match write_file(out, rendered.json.as_bytes())? {
            Change::Written => "written",
            Change::Unchanged => "unchanged",
        };
        terminal.talk(&format!(
            "{}: `{}`; {change}",
            out.display(),
            rendered.family
        ));
        Ok(())
    }

    /// What was chosen.
    fn options(
        &self,
        text: &str,
        name: &str,
        problems: &mut Vec<Problem>,
    ) -> Result<RenderOptions, Stop> {
        let mut options = RenderOptions::new();
        if self.drop_read_only {
            options = options.drop_read_only();
        }
        if self.keep_unknown {
            options = options.keep_unknown();
        }
        if let Some(path) = &self.registered {
            let unmanaged = match self.unmanaged {
                UnmanagedKeys::Refuse => Unmanaged::Refuse,
                UnmanagedKeys::Keep => Unmanaged::Keep,
            };
            match Registered::parse(&files::read_text(path)?, &path.display().to_string()) {
                Ok(registered) => options = options.registered(registered, unmanaged),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if self.provenance {
            let provenance = Provenance::of(name, text);
            options = options.provenance(match &self.template_version {
                Some(version) => provenance.version(version),
                None => provenance,
            });
        }
        Ok(options)
    }

    /// All values, the later over the earlier.
    fn values(&self, problems: &mut Vec<Problem>) -> Result<Values, Stop> {
        let mut all = Values::none();
        for path in &self.values {
            match values_of(path)? {
                Ok(values) => all = all.overridden_by(values),
                Err(wrong) => problems.extend(wrong),
            }
        }
        match Values::from_pairs(self.set.iter().cloned(), "--set") {
            Ok(values) => all = all.overridden_by(values),
            Err(wrong) => problems.extend(wrong),
        }
        Ok(all)
    }
}

/// The values in a file, or what is wrong with them.
///
/// # Errors
/// When the file cannot be read, or has no ending that tells its format.
fn values_of(path: &Path) -> Result<Result<Values, Vec<Problem>>, Problem> {
    let name = path.display().to_string();
    let read = match path.extension().and_then(|it| it.to_str()) {
        Some("toml") => Values::from_toml,
        Some("json") => Values::from_json,
        _ => {
            let message = format!("`{name}` does not tell the format of its values");
            let help = "end its name in `.toml` or `.json`";
            return Err(Problem::error("unknown-format", message).help(help));
        }
    };
    Ok(read(&files::read_text(path)?, &name))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}
