//! [`Session`]: what is looked at while the rules run over one stack in one world.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

use stack_core::schema;

use super::world::World;
use crate::network::Wanted;
use crate::rollout::Simulation;

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
    rollouts: Shared<Vec<Simulation>>,
    /// In which worlds properties of a resource were held against the schema facts, and what was
    /// looked at there.
    judged: RefCell<BTreeMap<String, Vec<(usize, Touched)>>>,
}

/// Found once, with what was looked at for it.
type Shared<T> = OnceCell<(T, Touched)>;

impl Session {
    /// For the next world of the same stack.
    pub(crate) fn next_world(&mut self) {
        self.touched = Cell::default();
        self.schema = OnceCell::new();
        self.network = OnceCell::new();
        self.rollouts = OnceCell::new();
    }

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

    /// Judges a resource, but for where all that was looked at in an earlier world is the same as in
    /// this one.
    pub(crate) fn judge(&self, world: World<'_, '_>, id: &str, judge: impl FnOnce()) {
        let same = |it: &&(usize, Touched)| it.1.is_apart_from(world.unlike(it.0));
        let before = self.judged.borrow();
        if let Some((_, touched)) = before.get(id).and_then(|it| it.iter().find(same)) {
            self.touch(*touched);
            return;
        }
        drop(before);
        let before = self.touched.take();
        judge();
        let touched = self.touched.replace(before);
        self.touch(touched);
        let mut judged = self.judged.borrow_mut();
        let worlds = judged.entry(id.to_owned()).or_default();
        worlds.push((world.number(), touched));
    }

    /// The network around the stack, and what is wanted of it.
    pub(crate) fn network(&self, find: impl FnOnce() -> Wanted) -> &Wanted {
        self.shared(&self.network, find)
    }

    /// What comes of deploying the services of the stack, in their order.
    pub(crate) fn rollouts(&self, find: impl FnOnce() -> Vec<Simulation>) -> &[Simulation] {
        self.shared::<Vec<_>>(&self.rollouts, find)
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
