//! What can be said on the command line, and the help that tells.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};

#[cfg(feature = "render-task")]
use crate::commands::render_task;
use crate::commands::{check, completions, diff, explain, list, reach, schema, simulate, synth};
#[cfg(feature = "aws")]
use crate::commands::{
    deploy, destroy, drift, events, history, outputs, preview, promote, rollback, rollout, status,
};
use crate::terminal::{self, Color, Terminal};

#[cfg(feature = "aws")]
const EXIT_CODES_OF_AWS: &str = "\
Exit codes of commands that reach AWS (deploy, destroy, …):
  0    done, or nothing to change
  3    failed; the stack is as it was, or was rolled back
  4    failed; the stack needs you
  5    the outcome is not known; `--resume` finds out
  6    refused by a guard; nothing was changed
  7    somebody else's operation is in the way
  130  interrupted before anything was executed";

const EXIT_CODES: &str = "\
Exit codes:
  0  done; there may have been warnings
  1  the app, its settings or a text template has problems, or a check has findings
  2  wrong usage, or a file that cannot be read or written

Results go to standard output, everything else to standard error.";

const OF_YOUR_OWN: &str = "\
Commands about stacks (synth, list, …) belong to the program that defines them:

  fn main() -> std::process::ExitCode {
      stack_cli::run(|app| { … })
  }

and are run with `cargo run -- synth`.";

/// How a command talks.
#[derive(Args, Debug)]
pub(crate) struct Talk {
    /// Show problems in colour; `auto` does on a terminal and heeds `NO_COLOR`
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    color: Color,
    /// Say nothing but errors and warnings
    #[arg(short, long, global = true)]
    quiet: bool,
}

impl Talk {
    pub(crate) fn terminal(&self) -> Terminal {
        Terminal::new(self.color, self.quiet)
    }
}

/// All exit codes of a program of stacks.
fn exit_codes() -> String {
    #[cfg(feature = "aws")]
    return format!("{EXIT_CODES}\n\n{EXIT_CODES_OF_AWS}");
    #[cfg(not(feature = "aws"))]
    EXIT_CODES.to_owned()
}

#[cfg_attr(
    not(feature = "aws"),
    doc = "Your stacks: written as CloudFormation templates, listed, and checked"
)]
#[cfg_attr(
    feature = "aws",
    doc = "Your stacks: written as CloudFormation templates, checked, and deployed to AWS"
)]
#[derive(Debug, Parser)]
#[command(name = "stack", version, after_help = exit_codes(), arg_required_else_help = true)]
pub(crate) struct Program<S: Args> {
    #[command(flatten)]
    pub(crate) talk: Talk,
    #[command(flatten)]
    pub(crate) settings: S,
    #[command(subcommand)]
    pub(crate) command: ProgramCommand,
}

/// The commands of a user's program.
#[derive(Debug, Subcommand)]
pub(crate) enum ProgramCommand {
    Synth(synth::Synth),
    List(list::List),
    Check(check::Check),
    Reach(reach::Reach),
    Simulate(simulate::Simulate),
    Diff(diff::Diff),
    #[cfg(feature = "aws")]
    Deploy(Box<deploy::Deploy>),
    #[cfg(feature = "aws")]
    Destroy(destroy::Destroy),
    #[cfg(feature = "aws")]
    Outputs(outputs::Outputs),
    #[cfg(feature = "aws")]
    Status(status::Status),
    #[cfg(feature = "aws")]
    Events(events::Events),
    #[cfg(feature = "aws")]
    Drift(drift::DriftCommand),
    #[cfg(feature = "aws")]
    Rollback(rollback::Rollback),
    #[cfg(feature = "aws")]
    Continue(rollback::Continue),
    #[cfg(feature = "aws")]
    Cancel(rollback::Cancel),
    #[cfg(feature = "aws")]
    Promote(promote::Promote),
    #[cfg(feature = "aws")]
    Rollout(Box<rollout::Rollout>),
    #[cfg(feature = "aws")]
    History(history::History),
    #[cfg(feature = "aws")]
    Preview(preview::Preview),
    Explain(explain::Explain),
    #[cfg(feature = "render-task")]
    RenderTask(render_task::RenderTask),
    Schema(schema::Schema),
    Completions(completions::Completions),
}

/// What needs no program of yours: checks of template files, text templates, shell completions
#[derive(Debug, Parser)]
#[command(name = "stack", version, after_help = format!("{OF_YOUR_OWN}\n\n{EXIT_CODES}"), arg_required_else_help = true)]
pub(crate) struct Tool {
    #[command(flatten)]
    pub(crate) talk: Talk,
    #[command(subcommand)]
    pub(crate) command: ToolCommand,
}

/// The commands of the tool `stack`.
#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    Check(check::CheckFiles),
    Reach(reach::ReachFiles),
    Simulate(simulate::SimulateFiles),
    Diff(diff::DiffFiles),
    Explain(explain::Explain),
    #[cfg(feature = "render-task")]
    RenderTask(render_task::RenderTask),
    Completions(completions::Completions),
}

/// No settings file.
#[derive(Args, Debug)]
pub(crate) struct NoSettings {}

/// Where the settings are.
#[derive(Args, Debug)]
pub(crate) struct SettingsFile {
    /// The settings file
    #[arg(
        short = 's',
        long = "settings",
        global = true,
        value_name = "FILE",
        default_value = "stack.toml"
    )]
    pub(crate) path: PathBuf,
}

/// What the command line says; the exit code when it asks for help or makes no sense.
pub(crate) fn parse<A: Parser>() -> Result<A, u8> {
    A::try_parse().map_err(|error| {
        let text = error.render().to_string();
        terminal::usage(&text, error.use_stderr());
        u8::try_from(error.exit_code()).unwrap_or(2)
    })
}

/// The definition of the command line, under the name the program was started by.
pub(crate) fn definition<A: CommandFactory>() -> (clap::Command, String) {
    let program = std::env::args_os().next();
    let name = program.as_deref().map(Path::new);
    let name = name.and_then(|it| it.file_stem()?.to_str());
    // It becomes a part of scripts.
    let plain = |it: &&str| {
        it.starts_with(|it: char| it.is_ascii_alphanumeric())
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
    };
    let name = name.filter(plain).unwrap_or("stack");
    (A::command(), name.to_owned())
}
