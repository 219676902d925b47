//! `list`: the stacks in an order in which they can be deployed.

use std::collections::BTreeSet;

use serde::Serialize;
use stack_core::{App, Assembly, SynthesizedStack};

use super::{Format, assemble};
use crate::manifest::{Environment, resources};
use crate::selection::producers;
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::{Terminal, plural};

/// List the stacks in an order in which they can be deployed
#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// How the list is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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
    takes_values_from: BTreeSet<&'static str>,
}

impl List {
    pub(crate) fn run(&self, app: App, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "")?;
        terminal.problems(assembly.notes());
        match self.format {
            Format::Text => terminal.result(&text(&assembly)),
            Format::Json => terminal.json(&listing(&assembly)),
        }
    }
}

fn text(assembly: &Assembly) -> String {
    let row = |stack: &SynthesizedStack| {
        let environment = match &stack.environment {
            Some(it) => format!("{}/{}", it.account, it.region),
            None => "anywhere".to_owned(),
        };
        let number = resources(stack);
        let unit = plural(number, "resource");
        [stack.name.to_owned(), environment, number.to_string(), unit]
    };
    let rows: Vec<[String; 4]> = in_order(assembly).map(row).collect();
    columns(&rows)
}

fn listing(assembly: &Assembly) -> Listing<'_> {
    let stacks = in_order(assembly).map(|stack| Entry {
        name: stack.name,
        environment: Environment::of(stack),
        resources: resources(stack),
        termination_protection: stack.termination_protection,
        takes_values_from: producers(assembly, stack.name).collect(),
    });
    Listing {
        schema: "stack/list.v1",
        stacks: stacks.collect(),
    }
}

fn in_order(assembly: &Assembly) -> impl Iterator<Item = &SynthesizedStack> {
    let order = assembly.order().iter();
    order.filter_map(|name| assembly.stack(name))
}
