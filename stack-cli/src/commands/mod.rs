//! The commands, one thin file each: what can be said to it, and what it does.

pub(crate) mod check;
pub(crate) mod completions;
#[cfg(feature = "aws")]
pub(crate) mod deploy;
#[cfg(feature = "aws")]
pub(crate) mod destroy;
pub(crate) mod diff;
#[cfg(feature = "aws")]
mod diff_deployed;
#[cfg(feature = "aws")]
pub(crate) mod drift;
#[cfg(feature = "aws")]
pub(crate) mod events;
pub(crate) mod explain;
#[cfg(feature = "aws")]
pub(crate) mod history;
#[cfg(feature = "aws")]
mod lines;
pub(crate) mod list;
#[cfg(feature = "aws")]
mod operate;
#[cfg(feature = "aws")]
pub(crate) mod outputs;
#[cfg(feature = "aws")]
pub(crate) mod preview;
#[cfg(feature = "aws")]
pub(crate) mod promote;
pub(crate) mod reach;
#[cfg(feature = "aws")]
mod reading;
#[cfg(feature = "render-task")]
pub(crate) mod render_task;
#[cfg(feature = "aws")]
pub(crate) mod rollback;
#[cfg(feature = "aws")]
pub(crate) mod rollout;
pub(crate) mod schema;
#[cfg(feature = "aws")]
mod service_rollback;
#[cfg(feature = "aws")]
pub(crate) mod services;
pub(crate) mod simulate;
#[cfg(feature = "aws")]
pub(crate) mod status;
pub(crate) mod synth;

use stack_core::{App, Assembly};

use crate::stop::Stop;

/// How the result of a command is written.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// The templates that a command of the tool judges.
#[derive(clap::Args, Debug)]
struct Templates {
    /// Template files, folders of them, folders that `synth` wrote; `REVISION:PATH` as in git
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

/// The assembly of an app, its templates not yet written as text; `consequence` ends the last line
/// when there is none.
fn assemble(app: App, consequence: &'static str) -> Result<Assembly, Stop> {
    app.synth_unwritten().map_err(|problems| Stop::Problems {
        problems,
        consequence,
    })
}

/// Something of a stack could not be read.
#[cfg(feature = "aws")]
fn unread(stack: &str, error: &stack_deploy::ApiError) -> Stop {
    let message = format!("`{stack}` cannot be read: {error}");
    Stop::Ended {
        problems: vec![stack_core::Problem::error("not-read", message)],
        exit: stack_deploy::engine::Exit::Refused.code(),
    }
}
