//! The command line of a program of stacks.
//!
//! ```no_run
//! use stack_core::Raw;
//!
//! fn main() -> std::process::ExitCode {
//!     stack_cli::run(|app| {
//!         app.stack("Web").add("Topic", Raw::new("AWS::SNS::Topic"));
//!     })
//! }
//! ```
//!
//! | command | what it does |
//! |---|---|
//! | `synth [STACK…]` | writes the templates and a manifest to `stack.out/` |
//! | `list` | lists the stacks in deployment order |
//! | `render-task FILE` | fills in the template of a task definition |
//! | `schema` | prints the JSON Schema of the settings file |
//! | `completions SHELL` | prints the script that completes this command line |
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 the app,
//! its settings or a text template has problems, 2 wrong usage or a file that cannot be read or
//! written.

mod arguments;
mod clean;
mod commands;
mod files;
mod manifest;
mod selection;
pub mod settings;
mod stop;
mod table;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use stack_core::App;

use arguments::{NoSettings, Program, ProgramCommand, SettingsFile, Tool, ToolCommand};
use stop::Stop;
use terminal::Terminal;

/// All that the `main` of a program of stacks needs: runs the command that the command line names.
///
/// `define` fills the app. It is called once, and only by commands that need the stacks.
pub fn run(define: impl FnOnce(&mut App)) -> ExitCode {
    let program: Program<NoSettings> = match arguments::parse() {
        Ok(program) => program,
        Err(code) => return ExitCode::from(code),
    };
    let terminal = program.talk.terminal();
    let result = match program.command {
        ProgramCommand::Synth(it) => it.run(define, &terminal),
        ProgramCommand::List(it) => it.run(define, &terminal),
        #[cfg(feature = "render-task")]
        ProgramCommand::RenderTask(it) => it.run(&terminal),
        ProgramCommand::Schema(it) => it.none(),
        ProgramCommand::Completions(it) => it.run::<Program<NoSettings>>(&terminal),
    };
    finish(result, &terminal)
}

/// As [`run`], for a program whose settings come from a TOML file, `stack.toml` unless the command
/// line names another with `--settings`.
///
/// ```no_run
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use stack_core::Raw;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Settings {
///     /// Days that logs are kept.
///     retention: u32,
/// }
///
/// fn main() -> std::process::ExitCode {
///     stack_cli::run_with(|app, settings: &Settings| {
///         let days = i64::from(settings.retention);
///         let logs = Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", days);
///         app.stack("Web").add("Logs", logs);
///     })
/// }
/// ```
pub fn run_with<S: DeserializeOwned + JsonSchema>(define: impl FnOnce(&mut App, &S)) -> ExitCode {
    let program: Program<SettingsFile> = match arguments::parse() {
        Ok(program) => program,
        Err(code) => return ExitCode::from(code),
    };
    let terminal = program.talk.terminal();
    let path = program.settings.path();
    let load = || read_settings::<S>(path);
    let result = match program.command {
        ProgramCommand::Synth(it) => {
            load().and_then(|settings| it.run(|app| define(app, &settings), &terminal))
        }
        ProgramCommand::List(it) => {
            load().and_then(|settings| it.run(|app| define(app, &settings), &terminal))
        }
        #[cfg(feature = "render-task")]
        ProgramCommand::RenderTask(it) => it.run(&terminal),
        ProgramCommand::Schema(it) => it.run::<S>(&terminal),
        ProgramCommand::Completions(it) => it.run::<Program<SettingsFile>>(&terminal),
    };
    finish(result, &terminal)
}

/// The tool `stack`: what needs no program of one's own.
pub fn run_tool() -> ExitCode {
    let tool: Tool = match arguments::parse() {
        Ok(tool) => tool,
        Err(code) => return ExitCode::from(code),
    };
    let terminal = tool.talk.terminal();
    let result = match tool.command {
        #[cfg(feature = "render-task")]
        ToolCommand::RenderTask(it) => it.run(&terminal),
        ToolCommand::Completions(it) => it.run::<Tool>(&terminal),
    };
    finish(result, &terminal)
}

fn read_settings<S: DeserializeOwned + JsonSchema>(path: PathBuf) -> Result<S, Stop> {
    let text = files::read_text(&path)?;
    settings::load(&text, &path.display().to_string()).map_err(|problems| Stop::Problems {
        problems,
        consequence: "; nothing was done",
    })
}

fn finish(result: Result<(), Stop>, terminal: &Terminal) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(terminal),
    }
}
