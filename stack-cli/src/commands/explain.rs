//! `explain`: the page of a rule.

use stack_core::{Problem, closest};
use stack_review::check::RULES;

use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// Show the page of a rule: what it finds, why that matters, examples
///
/// Without RULE, all rules are listed.
#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// The code of a rule, as findings show it in brackets
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

impl Explain {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let Some(wanted) = &self.rule else {
            let rows: Vec<[String; 3]> = RULES
                .iter()
                .map(|it| {
                    let title = it.page.lines().next().unwrap_or_default();
                    let title = title.trim_start_matches("# ").to_owned();
                    [it.code.to_owned(), it.severity.to_string(), title]
                })
                .collect();
            return terminal.result(&columns(&rows));
        };
        match RULES.iter().find(|it| it.code == wanted) {
            Some(rule) => terminal.result(rule.page),
            None => {
                let problem =
                    Problem::error("unknown-rule", format!("there is no rule `{wanted}`"));
                Err(match closest(wanted, RULES.iter().map(|it| it.code)) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.help("`explain` without a rule lists them all"),
                }
                .into())
            }
        }
    }
}
