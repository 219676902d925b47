//! What is chosen when a task definition is rendered.

use crate::provenance::Provenance;
use crate::registered::{Registered, Unmanaged};

/// What is done with keys that a task definition cannot have, or that somebody else set.
///
/// ```
/// use stack_text::{Provenance, RenderOptions, Registered, Unmanaged};
/// let registered = Registered::parse(r#"{"family": "shop"}"#, "registered.json").unwrap();
/// let options = RenderOptions::new()
///     .drop_read_only()
///     .registered(registered, Unmanaged::Keep)
///     .provenance(Provenance::of("task.json", "{}"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    pub(crate) drop_read_only: bool,
    pub(crate) keep_unknown: bool,
    pub(crate) registered: Option<(Registered, Unmanaged)>,
    pub(crate) provenance: Option<Provenance>,
}

impl RenderOptions {
    /// Refuses all of them.
    pub fn new() -> RenderOptions {
        RenderOptions::default()
    }

    /// Leaves out the keys that only ECS sets (`revision`, `status`, …), each with a note: for a template
    /// that was made from what `describe-task-definition` prints.
    #[must_use]
    pub fn drop_read_only(self) -> RenderOptions {
        RenderOptions {
            drop_read_only: true,
            ..self
        }
    }

    /// Keeps keys that this version does not know, each with a warning: ECS may have got new ones.
    #[must_use]
    pub fn keep_unknown(self) -> RenderOptions {
        RenderOptions {
            keep_unknown: true,
            ..self
        }
    }

    /// Looks at what is registered now, and at what of it the template does not say.
    #[must_use]
    pub fn registered(self, registered: Registered, unmanaged: Unmanaged) -> RenderOptions {
        RenderOptions {
            registered: Some((registered, unmanaged)),
            ..self
        }
    }

    /// Tags the task definition with where it comes from.
    #[must_use]
    pub fn provenance(self, provenance: Provenance) -> RenderOptions {
        RenderOptions {
            provenance: Some(provenance),
            ..self
        }
    }
}
