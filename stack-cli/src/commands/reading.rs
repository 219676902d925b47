//! What the commands share that only look: which stacks, where they are, whose credentials.

use std::collections::BTreeSet;

use stack_core::{App, Assembly, SynthesizedStack};

use super::assemble;
use crate::aws::{AccessArguments, Aws, Places, Voice};
use crate::selection::select;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Stacks of the program, in reach.
pub(crate) struct Reading<'t> {
    pub(crate) assembly: Assembly,
    pub(crate) selected: BTreeSet<&'static str>,
    pub(crate) places: Places,
    pub(crate) voice: Voice<'t>,
}

impl<'t> Reading<'t> {
    /// Selects, finds the places, and lets the guard look.
    ///
    /// # Errors
    /// What is wrong with the program, the names, the credentials.
    pub(crate) fn of(
        app: App,
        patterns: &[String],
        access: &AccessArguments,
        aws: &dyn Aws,
        terminal: &'t Terminal,
    ) -> Result<Reading<'t>, Stop> {
        let assembly = assemble(app, "; nothing was read")?;
        let selected = select(&assembly, patterns)?;
        let voice = Voice::new(terminal, Vec::new());
        let stacks = selected.iter().filter_map(|it| assembly.stack(it));
        let mut places = Places::of(aws, &access.access(), stacks)?;
        places.guard(&voice)?;
        Ok(Reading {
            assembly,
            selected,
            places,
            voice,
        })
    }

    /// The stacks by name.
    pub(crate) fn stacks(&self) -> impl Iterator<Item = &SynthesizedStack> {
        self.selected
            .iter()
            .filter_map(|it| self.assembly.stack(it))
    }
}
