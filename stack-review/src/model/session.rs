//! [`Session`]: what is looked at while the rules run over one stack in one world.

use std::cell::{Cell, OnceCell};

use stack_core::schema;

use crate::network::Wanted;

/// Conditions and parameters of a stack, as sets of their numbers. Where there are more than 64, two
/// may be one member: the sets say too much rather than too little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    conditions: u64,
    parameters: u64,
}

impl Touched {
    pub(super) fn condition(number: usize) -> Touched {
        Touched {
            conditions: 1 << (number % 64),
            ..Touched::default()
        }
    }

    pub(super) fn parameter(number: usize) -> Touched {
        Touched {
            parameters: 1 << (number % 64),
            ..Touched::default()
        }
    }

    /// Both together.
    pub(super) fn and(self, other: Touched) -> Touched {
        Touched {
            conditions: self.conditions | other.conditions,
            parameters: self.parameters | other.parameters,
        }
    }

    /// Whether they have nothing in common.
    pub(crate) fn is_apart_from(self, other: Touched) -> bool {
        self.conditions & other.conditions == 0 && self.parameters & other.parameters == 0
    }
}

/// What rules share, and what of the world they have looked at.
#[derive(Debug, Default)]
pub(crate) struct Session {
    touched: Cell<Touched>,
    schema: Shared<Vec<(String, schema::Finding)>>,
    network: Shared<Wanted>,
}

/// Found once, with what was looked at for it.
type Shared<T> = OnceCell<(T, Touched)>;

impl Session {
    pub(super) fn touch(&self, what: Touched) {
        self.touched.set(self.touched.get().and(what));
    }

    /// What was looked at since this was asked last.
    pub(crate) fn touched(&self) -> Touched {
        self.touched.take()
    }

    /// What the schema facts say of properties as they are in this world.
    pub(crate) fn schema(
        &self,
        find: impl FnOnce() -> Vec<(String, schema::Finding)>,
    ) -> &[(String, schema::Finding)] {
        self.shared::<Vec<_>>(&self.schema, find)
    }

    /// The network around the stack, and what is wanted of it.
    pub(crate) fn network(&self, find: impl FnOnce() -> Wanted) -> &Wanted {
        self.shared(&self.network, find)
    }

    fn shared<'s, T>(&self, cell: &'s Shared<T>, find: impl FnOnce() -> T) -> &'s T {
        let (value, touched) = cell.get_or_init(|| {
            let before = self.touched.take();
            let value = find();
            (value, self.touched.replace(before))
        });
        self.touch(*touched);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_as_looked_at_by_everyone_who_asks() {
        let session = Session::default();
        let stage = Touched::condition(1);
        let find = || {
            session.touch(stage);
            Vec::new()
        };
        session.touch(Touched::parameter(2));
        session.schema(find);
        let both = stage.and(Touched::parameter(2));
        assert_eq!(session.touched(), both);
        session.schema(|| unreachable!());
        assert_eq!(session.touched(), stage);
        assert!(stage.is_apart_from(Touched::parameter(1)));
        assert!(!stage.is_apart_from(both));
    }
}
