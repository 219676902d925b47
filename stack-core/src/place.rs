//! A place in a tree, as a chain of steps on the call stack: no text is built until one is needed.

use std::fmt;

/// One step of a way down from a resource: `Api`, `.LoadBalancers`, `[0]`.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    /// Where a way begins; with an empty name, the first field stands without a dot.
    pub(crate) fn root(name: &'a str) -> Place<'a> {
        Place {
            parent: None,
            step: Step::Name(name),
        }
    }

    /// A field of the object here.
    pub(crate) fn field<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place {
            parent: Some(self),
            step: Step::Name(name),
        }
    }

    /// An item of the list here.
    pub(crate) fn item(&self, index: usize) -> Place<'_> {
        Place {
            parent: Some(self),
            step: Step::Item(index),
        }
    }

    fn is_empty_root(&self) -> bool {
        self.parent.is_none() && matches!(self.step, Step::Name(""))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Name(name) if self.parent.is_some_and(|it| !it.is_empty_root()) => {
                write!(f, ".{name}")
            }
            Step::Name(name) => f.write_str(name),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}
