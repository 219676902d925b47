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
//! | `completions SHELL` | prints a completion script |
//!
//! Results go to standard output, everything else to standard error: `list --format json`,
//! `synth ONE --stdout` and the line per stack of `synth` can be piped. `--quiet` leaves errors and
//! warnings, and of `synth` the files alone.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | done; there may have been warnings |
//! | 1 | the app, its settings or a text template has problems |
//! | 2 | wrong usage, or a file that cannot be read or written |
//!
//! Problems are shown in colour on a terminal. `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and
//! `TERM=dumb` decide otherwise. Whatever could command a terminal or a CI runner is shown as its
//! number.

mod clean;
mod table;

mod terminal;

mod stop;

mod files;

mod manifest;

mod selection;

mod commands;

mod arguments;

use std::process::ExitCode;

use arguments::{NoSettings, Program, ProgramCommand, Tool, ToolCommand};
use stack_core::App;
use stop::Stop;
use terminal::Terminal;

/// Runs a program of stacks: reads the command line, calls `define` when a command needs the
/// stacks, and does what is asked for.
///
/// `define` is trusted like any code; what it leaves in the app is checked.
pub fn run(define: impl FnOnce(&mut App)) -> ExitCode {
    let program: Program<NoSettings> = match arguments::parse() {
        Ok(it) => it,
        Err(code) => return ExitCode::from(code),
    };
    finish(program.talk.terminal(), |terminal| match &program.command {
        ProgramCommand::Synth(it) => it.run(define, terminal),
        ProgramCommand::List(it) => it.run(define, terminal),
        ProgramCommand::Completions(it) => it.run::<Program<NoSettings>>(terminal),
    })
}

/// Runs the tool `stack`: what needs no program of stacks.
pub fn run_tool() -> ExitCode {
    let tool: Tool = match arguments::parse() {
        Ok(it) => it,
        Err(code) => return ExitCode::from(code),
    };
    finish(tool.talk.terminal(), |terminal| match &tool.command {
        ToolCommand::Completions(it) => it.run::<Tool>(terminal),
    })
}

fn finish(terminal: Terminal, work: impl FnOnce(&Terminal) -> Result<(), Stop>) -> ExitCode {
    match work(&terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(&terminal),
    }
}
