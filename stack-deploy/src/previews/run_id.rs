//! Which run a stack was last changed by: the moment it was asked for is in the name of its change
//! set, so the stack itself says who came later.

use crate::api::StackDescription;
use crate::time::Time;

/// What a change set is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A deployment.
    Deploy,
    /// The image already runs; the stack is told.
    Record,
}

/// The first part of a change set's name.
pub(super) fn prefix(purpose: Purpose, asked: Time) -> String {
    let letter = match purpose {
        Purpose::Deploy => 't',
        Purpose::Record => 'r',
    };
    format!("preview-{letter}{}", asked.0)
}

/// What the stack was last changed for, and when that was asked for; none when it was not changed
/// by a run of ours.
pub(super) fn last(stack: &StackDescription) -> Option<(Purpose, Time)> {
    let arn = stack.change_set.as_deref()?;
    let name = arn.split(":changeSet/").nth(1)?.split('/').next()?;
    let rest = name.strip_prefix("preview-")?;
    let (head, _) = rest.split_once('-')?;
    let purpose = match head.as_bytes().first()? {
        b't' => Purpose::Deploy,
        b'r' => Purpose::Record,
        _ => return None,
    };
    Some((purpose, Time(head.get(1..)?.parse().ok()?)))
}

/// Whether a run that was asked for later has changed the stack.
pub(super) fn is_overtaken(stack: &StackDescription, asked: Time) -> bool {
    last(stack).is_some_and(|it| it.1 > asked)
}
