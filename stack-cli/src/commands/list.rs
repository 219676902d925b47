//! `list`: the stacks in an order in which they can be deployed.

use std::collections::BTreeSet;

use serde::Serialize;
use stack_core::{App, Assembly};

use super::assemble;
use crate::manifest::{Environment, resources};
use crate::stop::Stop;
use crate::table::Table;
use crate::terminal::{Terminal, count};

/// List the stacks in an order in which they can be deployed
#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// How the list is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// A line per stack
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    stacks: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment<'a>>,
    resources: usize,
    termination_protection: bool,
    takes_values_from: BTreeSet<&'a str>,
}

impl List {
    pub(crate) fn run(
        &self,
        define: impl FnOnce(&mut App),
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let assembly = assemble(define, "")?;
        match self.format {
            Format::Text => terminal.result(&text(&assembly)),
            Format::Json => terminal.json(&listing(&assembly)),
        }
    }
}

fn text(assembly: &Assembly) -> String {
    let mut table = Table::new();
    for stack in in_order(assembly) {
        let environment = match &stack.environment {
            Some(it) => format!("{}/{}", it.account, it.region),
            None => "anywhere".to_owned(),
        };
        let resources = count(resources(stack), "resource");
        table.row([stack.name.to_owned(), environment, resources]);
    }
    table.into_text()
}

fn listing(assembly: &Assembly) -> Listing<'_> {
    let entry = |stack: &'_ stack_core::SynthesizedStack| {
        let wires = assembly.wiring().iter().filter(|it| it.stack == stack.name);
        wires.map(|it| it.from_stack).collect()
    };
    Listing {
        schema: "stack/list.v1",
        stacks: in_order(assembly)
            .map(|stack| Entry {
                name: stack.name,
                environment: Environment::of(stack),
                resources: resources(stack),
                termination_protection: stack.termination_protection,
                takes_values_from: entry(stack),
            })
            .collect(),
    }
}

fn in_order(assembly: &Assembly) -> impl Iterator<Item = &stack_core::SynthesizedStack> {
    let order = assembly.order().iter();
    order.filter_map(|name| assembly.stack(name))
}
