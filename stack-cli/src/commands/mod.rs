//! The commands, one thin file each: what can be said to it, and what it does.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod reach;
#[cfg(feature = "render-task")]
pub(crate) mod render_task;
pub(crate) mod schema;
pub(crate) mod simulate;
pub(crate) mod synth;

use stack_core::{App, Assembly};

use crate::stop::Stop;

/// The assembly of an app; `consequence` ends the last line when there is none.
fn assemble(app: App, consequence: &'static str) -> Result<Assembly, Stop> {
    app.synth().map_err(|problems| Stop::Problems {
        problems,
        consequence,
    })
}
