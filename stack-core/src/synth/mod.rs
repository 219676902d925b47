//! From an [`App`] to an [`Assembly`] of complete templates, or every problem at once.
//!
//! The single gate: what comes out is complete and consistent, or nothing comes out.

mod assembly;
mod graph;
mod limits;
mod names;
mod resolve;
mod stack;
mod sub;
mod tags;
mod wiring;

pub use assembly::{Assembly, SynthesizedStack, Wire};

use std::collections::BTreeMap;

use crate::build::{App, StackData};
use crate::problem::{Problem, Severity};
use names::Names;
use wiring::Wiring;

impl App {
    /// Every template, or every problem that was found.
    ///
    /// The same program gives the same bytes, wherever and whenever it runs: nothing is read but
    /// the app.
    ///
    /// # Errors
    /// All problems, errors first, when at least one is an error. Warnings and notes alone do not
    /// stop synth: they are in [`Assembly::notes`].
    pub fn synth(self) -> Result<Assembly, Vec<Problem>> {
        self.assemble(true)
    }

    /// As [`synth`](App::synth), for who looks at the templates alone: the text of one is written
    /// when it is first asked for.
    ///
    /// # Errors
    /// As [`synth`](App::synth).
    pub fn synth_unwritten(self) -> Result<Assembly, Vec<Problem>> {
        self.assemble(false)
    }

    fn assemble(mut self, write: bool) -> Result<Assembly, Vec<Problem>> {
        let samples = self.make_previews();
        let samples: Vec<&'static str> = self
            .names
            .iter()
            .filter(|(_, number)| samples.contains(number))
            .map(|(name, _)| *name)
            .collect();
        let App {
            stacks,
            names,
            mut problems,
            accepted,
            promotion,
            ..
        } = self;
        let mut stacks: Vec<Option<StackData>> = stacks.into_iter().map(Some).collect();
        let stacks: BTreeMap<&'static str, StackData> = names
            .into_iter()
            .filter_map(|(name, number)| Some((name, stacks.get_mut(number)?.take()?)))
            .collect();
        let names: BTreeMap<&'static str, Names> = stacks
            .iter()
            .map(|(name, data)| (*name, Names::of(data)))
            .collect();
        let wiring = Wiring::collect(&stacks, &names, &mut problems);
        let mut order = graph::stack_order(&wiring, &stacks, &mut problems);
        let mut finished = BTreeMap::new();
        // One stack at a time, from its handles to its text, while it is near.
        for (name, mut data) in stacks {
            resolve::stack(name, &mut data, &names, &wiring, &mut problems);
            let stack = stack::assemble(name, data, &wiring, &mut problems);
            if write {
                stack.body();
            }
            limits::check(&stack, &mut problems);
            finished.insert(name, stack);
        }
        // Stable: problems of equal weight stay in the order they were found.
        problems.sort_by_key(|it| std::cmp::Reverse(it.severity));
        if problems
            .first()
            .is_some_and(|it| it.severity == Severity::Error)
        {
            return Err(problems);
        }
        let mut wiring = wiring.wires();
        for name in samples {
            finished.remove(name);
            order.retain(|it| *it != name);
            wiring.retain(|it| it.stack != name);
        }
        Ok(Assembly {
            stacks: finished,
            order,
            wiring,
            notes: problems,
            accepted,
            promotion,
        })
    }
}
