//! The command line of a program of stacks.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use stack_core::prelude::*;
//!
//! fn main() -> ExitCode {
//!     stack_cli::run(|app| {
//!         let mut stack = app.stack("Journal");
//!         stack.add("Logs", Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", 30));
//!     })
//! }
//! ```
//!
//! `cargo run -- synth` then writes `stack.out/Journal.json`.
//!
//! | command | does |
//! |---|---|
//! | `synth [STACK…]` | writes the templates and `manifest.json` |
//! | `list` | lists the stacks in an order in which they can be deployed |
//! | `check [STACK…]` | says what cannot work, and what hardly was meant |
//! | `diff OLD` | says what will happen when the stacks are deployed over others |
//! | `reach FROM TO [PORT]` | says whether a connection gets through, and what is missing |
//! | `simulate [SERVICE…]` | says whether a deployment of a service finishes, and how |
//! | `explain [RULE]` | shows the page of a rule |
//! | `render-task TEMPLATE` | puts values into a template of a task definition |
//! | `schema` | prints the JSON Schema of the settings file |
//! | `completions SHELL` | prints a completion script |
//!
//! With the feature `aws`, which `cargo stack` switches on:
//!
//! | command | does |
//! |---|---|
//! | `deploy [STACK…]` | creates and changes the stacks in AWS, and sees it through |
//! | `destroy STACK…` | deletes stacks |
//! | `outputs [STACK…]` | shows what stacks give |
//! | `status [STACK…]` | shows how stacks are |
//! | `events STACK` | shows what happened to a stack |
//! | `drift [STACK…]` | shows what was changed outside of CloudFormation |
//! | `rollback STACK…` | rolls back what failed with `deploy --no-rollback` |
//! | `continue STACK` | goes on with a rollback that failed |
//! | `cancel STACK` | rolls a running update back |
//! | `diff` | without OLD, compares with what is deployed |
//!
//! They exit with 3 when it failed and the stack is as it was, 4 when it needs somebody, 5 when the
//! outcome is not known (`--resume` finds out), 6 when a guard refused, 7 when somebody else's
//! operation is in the way, 130 when interrupted before anything was executed: see
//! `stack_deploy::engine::Exit`.
//!
//! The tool `stack` of this crate has those of them that need no program.
//!
//! Results go to standard output, everything else to standard error: `list --format json`,
//! `synth ONE --stdout` and the line per stack of `synth` can be piped. `--quiet` leaves errors and
//! warnings, and of `synth` the files alone.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | done; there may have been warnings |
//! | 1 | the app, its settings or a text template has problems, or a check has findings |
//! | 2 | wrong usage, or a file that cannot be read or written; with `diff --exit-code`, changes |
//!
//! Problems are shown in colour on a terminal. `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and
//! `TERM=dumb` decide otherwise. Whatever could command a terminal or a CI runner is shown as its
//! number.

pub mod settings;

mod clean;
mod table;

mod terminal;

mod stop;

mod files;

mod folder;

mod manifest;

mod source;

mod subject;

mod findings;

mod changes;

mod selection;

#[cfg(feature = "aws")]
pub mod aws;

#[cfg(feature = "aws")]
mod progress;

mod outside;

mod commands;

mod arguments;

#[cfg(test)]
mod schemas;

use std::path::Path;
use std::process::ExitCode;

use arguments::{NoSettings, Program, ProgramCommand, SettingsFile, Tool, ToolCommand};
use clap::CommandFactory;
use outside::Outside;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use stack_core::{App, Problem};
use stop::Stop;
use terminal::Terminal;

/// Runs a program of stacks: reads the command line, calls `define` when a command needs the
/// stacks, and does what is asked for.
///
/// `define` is trusted like any code; what it leaves in the app is checked.
pub fn run(define: impl FnOnce(&mut App)) -> ExitCode {
    outside::with(|outside| run_on(define, outside))
}

/// Runs a program of stacks as [`run`] does, with the calls made by something else than AWS's SDK:
/// a model of AWS in the tests of your program.
#[cfg(feature = "aws")]
pub fn run_against(define: impl FnOnce(&mut App), aws: &dyn aws::Aws) -> ExitCode {
    run_on(define, aws)
}

fn run_on(define: impl FnOnce(&mut App), outside: &Outside) -> ExitCode {
    let program: Program<NoSettings> = match arguments::parse() {
        Ok(it) => it,
        Err(code) => return ExitCode::from(code),
    };
    let app = || {
        let mut app = App::new();
        define(&mut app);
        Ok(app)
    };
    finish(program.talk.terminal(), |terminal| {
        execute::<Program<NoSettings>>(&program.command, app, None, outside, terminal)
    })
}

/// Runs a program of stacks whose settings come from a file, as [`run`] does otherwise.
///
/// The file is `stack.toml` in the folder the command runs in, or what `--settings` names. It is
/// read only when a command needs the stacks. The command `schema` prints what it can hold; see
/// [`settings`].
///
/// ```no_run
/// use std::process::ExitCode;
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use stack_core::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Settings {
///     /// How long logs are kept, in days.
///     keep_logs: i64,
/// }
///
/// fn main() -> ExitCode {
///     stack_cli::run_with(|app, settings: &Settings| {
///         let logs = Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", settings.keep_logs);
///         app.stack("Journal").add("Logs", logs);
///     })
/// }
/// ```
pub fn run_with<S: DeserializeOwned + JsonSchema>(define: impl FnOnce(&mut App, &S)) -> ExitCode {
    let program: Program<SettingsFile> = match arguments::parse() {
        Ok(it) => it,
        Err(code) => return ExitCode::from(code),
    };
    let app = || {
        let settings = read_settings(&program.settings.path)?;
        let mut app = App::new();
        define(&mut app, &settings);
        Ok(app)
    };
    let schema = Some(settings::schema_json::<S> as fn() -> String);
    finish(program.talk.terminal(), |terminal| {
        outside::with(|outside| {
            execute::<Program<SettingsFile>>(&program.command, app, schema, outside, terminal)
        })
    })
}

/// Runs the tool `stack`: what needs no program of stacks.
pub fn run_tool() -> ExitCode {
    let tool: Tool = match arguments::parse() {
        Ok(it) => it,
        Err(code) => return ExitCode::from(code),
    };
    finish(tool.talk.terminal(), |terminal| match &tool.command {
        ToolCommand::Check(it) => it.run(terminal),
        ToolCommand::Reach(it) => it.run(terminal),
        ToolCommand::Simulate(it) => it.run(terminal),
        ToolCommand::Diff(it) => it.run(terminal),
        ToolCommand::Explain(it) => it.run(terminal),
        #[cfg(feature = "render-task")]
        ToolCommand::RenderTask(it) => it.run(terminal),
        ToolCommand::Completions(it) => it.run::<Tool>(terminal),
    })
}

/// Does what a command of a program of stacks says; `app` makes the app when it is needed.
fn execute<A: CommandFactory>(
    command: &ProgramCommand,
    app: impl FnOnce() -> Result<App, Stop>,
    schema: Option<fn() -> String>,
    outside: &Outside,
    terminal: &Terminal,
) -> Result<(), Stop> {
    match command {
        ProgramCommand::Synth(it) => it.run(app()?, terminal),
        ProgramCommand::List(it) => it.run(app()?, terminal),
        ProgramCommand::Check(it) => it.run(app()?, terminal),
        ProgramCommand::Reach(it) => it.run(app()?, terminal),
        ProgramCommand::Simulate(it) => it.run(app()?, terminal),
        ProgramCommand::Diff(it) => it.run(app, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Deploy(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Destroy(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Outputs(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Status(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Events(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Drift(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Rollback(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Continue(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Cancel(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Promote(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Rollout(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::History(it) => it.run(app()?, outside, terminal),
        #[cfg(feature = "aws")]
        ProgramCommand::Preview(it) => it.run(app()?, outside, terminal),
        ProgramCommand::Explain(it) => it.run(terminal),
        #[cfg(feature = "render-task")]
        ProgramCommand::RenderTask(it) => it.run(terminal),
        ProgramCommand::Schema(it) => it.run(schema, terminal),
        ProgramCommand::Completions(it) => it.run::<A>(terminal),
    }
}

fn read_settings<S: DeserializeOwned + JsonSchema>(path: &Path) -> Result<S, Stop> {
    let text = files::read_text(path).map_err(|it| Problem {
        help: Some(
            "`--settings FILE` names another file; `schema` prints what it can hold".to_owned(),
        ),
        ..it
    })?;
    settings::load(&text, &path.display().to_string()).map_err(|problems| Stop::Problems {
        problems,
        consequence: "; nothing was built",
    })
}

fn finish(terminal: Terminal, work: impl FnOnce(&Terminal) -> Result<(), Stop>) -> ExitCode {
    match work(&terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(&terminal),
    }
}
