//! `render-task`: a task definition from its template and values.

use std::path::{Path, PathBuf};

use stack_core::Problem;
use stack_text::{Values, render_task};

use crate::files::{self, Folder};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Fill in the template of a task definition, for `aws ecs register-task-definition`
#[derive(clap::Args, Debug)]
pub(crate) struct RenderTask {
    /// The template: JSON with `{{placeholders}}` in its texts
    template: PathBuf,
    /// A file of values, JSON or TOML; of several, later ones win
    #[arg(long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// A value, which wins over those of files
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl RenderTask {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let template = files::read_text(&self.template)?;
        let mut values = Values::none();
        for path in &self.values {
            values = values.overridden_by(read_values(path)?);
        }
        values = values.overridden_by(self.set_values()?);
        let name = self.template.display().to_string();
        let text = render_task(&template, &name, &values).map_err(problems)?;
        match &self.out {
            None => terminal.raw(&text),
            Some(path) => write(path, &text),
        }
    }

    fn set_values(&self) -> Result<Values, Stop> {
        let mut pairs = Vec::new();
        for it in &self.set {
            let Some((name, value)) = it.split_once('=') else {
                let message = format!("`--set {it}` has no value");
                let problem = Problem::error("usage", message);
                return Err(Stop::usage(problem.help("write `--set name=value`")));
            };
            pairs.push((name, value));
        }
        Values::from_pairs(pairs, "--set").map_err(problems)
    }
}

fn problems(problems: Vec<Problem>) -> Stop {
    Stop::Problems {
        problems,
        consequence: "; nothing was rendered",
    }
}

fn read_values(path: &Path) -> Result<Values, Stop> {
    let text = files::read_text(path)?;
    let name = path.display().to_string();
    let is_toml = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("toml"));
    let values = if is_toml {
        Values::from_toml(&text, &name)
    } else {
        Values::from_json(&text, &name)
    };
    values.map_err(problems)
}

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned());
    let Some(name) = name else {
        let message = format!("`{}` is no file", path.display());
        return Err(Stop::usage(Problem::error("usage", message)));
    };
    let mut folder = Folder::open(parent.unwrap_or(Path::new(".")))?;
    folder.write(&name, text.as_bytes())?;
    Ok(())
}
