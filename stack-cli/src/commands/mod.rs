//! The commands, one thin file each: what can be said to it, and what it does.

pub(crate) mod completions;
pub(crate) mod list;
#[cfg(feature = "render-task")]
pub(crate) mod render_task;
pub(crate) mod schema;
pub(crate) mod synth;

use stack_core::{App, Assembly};

use crate::stop::Stop;

/// The assembly of the app that `define` fills.
fn assemble(define: impl FnOnce(&mut App), consequence: &'static str) -> Result<Assembly, Stop> {
    let mut app = App::new();
    define(&mut app);
    app.synth().map_err(|problems| Stop::Problems {
        problems,
        consequence,
    })
}
