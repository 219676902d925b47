//! The rules, and how they are run.
//!
//! A rule is a function from a stack in one world to findings. It stays silent about what is only
//! known at deployment. Its page, a Markdown file beside it, is its documentation and its test.

mod accept;
mod arns;
mod balancing;
mod containers;
mod groups;
mod instances;
mod labels;
mod listeners;
mod paths;
mod permissions;
mod policies;
mod ranges;
mod records;
mod related;
mod routing;
mod rules;
mod scaling;
mod schema;
mod words;

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::finding::Finding;
use crate::model::{Call, Estate, Session, Stack, Touched, View};
use crate::parallel;

pub use accept::{Sorted, accept};
pub use rules::RULES;

/// A rule.
///
/// It says the same in two worlds that are alike in all conditions and parameters that it looks at,
/// so it is run in one of them. A rule may leave out worlds by their number, later ones rather than
/// earlier ones.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable, in kebab-case; also the name of its file and page.
    pub code: &'static str,
    /// How bad its findings are.
    pub severity: Severity,
    /// The page: what it finds, why that matters, the AWS documentation it rests on, a template
    /// that is reported and one that is not.
    pub page: &'static str,
    /// The rule itself.
    pub(crate) run: fn(Stack<'_, '_>, &mut Report<'_>),
}

/// What a rule has found so far.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    rule: &'r Rule,
    stack: &'r str,
    witness: &'r [String],
    found: &'r mut BTreeMap<Key, Finding>,
}

/// Stack, place, code and message: said once, however many worlds show it.
type Key = (String, String, &'static str, String);

impl Report<'_> {
    /// Something is wrong with this value, and this would mend it.
    pub(crate) fn at(
        &mut self,
        view: &View<'_, '_>,
        message: impl Into<String>,
        repair: impl Into<String>,
    ) {
        self.place(view.place(), Vec::new(), message.into(), repair.into());
    }

    /// The same, with what it takes to see it.
    pub(crate) fn with_witness(
        &mut self,
        view: &View<'_, '_>,
        witness: Vec<String>,
        message: impl Into<String>,
        repair: impl Into<String>,
    ) {
        self.place(view.place(), witness, message.into(), repair.into());
    }

    /// Something is wrong with a function call.
    pub(crate) fn call(
        &mut self,
        stack: Stack<'_, '_>,
        call: &Call<'_>,
        message: impl Into<String>,
        repair: impl Into<String>,
    ) {
        let place = stack.place_of_call(call);
        self.place(place, Vec::new(), message.into(), repair.into());
    }

    /// Something is wrong at a place that no resource's property stands at.
    pub(crate) fn here(
        &mut self,
        place: impl Into<String>,
        message: impl Into<String>,
        repair: impl Into<String>,
    ) {
        self.place(place.into(), Vec::new(), message.into(), repair.into());
    }

    /// The same, not as bad or worse than what the rule finds otherwise.
    pub(crate) fn judged(
        &mut self,
        severity: Severity,
        place: String,
        message: String,
        repair: String,
    ) {
        let rule = Rule {
            severity,
            ..*self.rule
        };
        let mut report = Report {
            rule: &rule,
            stack: self.stack,
            witness: self.witness,
            found: self.found,
        };
        report.place(place, Vec::new(), message, repair);
    }

    fn place(&mut self, place: String, own: Vec<String>, message: String, repair: String) {
        let key = (
            self.stack.to_owned(),
            place.clone(),
            self.rule.code,
            message.clone(),
        );
        let witness = self.witness.iter().cloned().chain(own).collect();
        self.found.entry(key).or_insert_with(|| Finding {
            stack: self.stack.to_owned(),
            place,
            code: self.rule.code,
            severity: self.rule.severity,
            message,
            witness,
            repair: (!repair.is_empty()).then_some(repair),
        });
    }
}

/// Every rule over every stack in every world; sorted by stack, place and rule.
pub fn check(estate: &Estate<'_>) -> Vec<Finding> {
    run(estate, RULES)
}

/// Some rules over every stack in every world. Many stacks are judged on all cores.
pub fn run(estate: &Estate<'_>, rules: &[Rule]) -> Vec<Finding> {
    let names: Vec<&str> = estate.names().collect();
    let each = parallel::each(names.len(), |it| judge(estate, rules, it, names[it]));
    let mut found = BTreeMap::new();
    for (key, finding) in each.into_iter().flatten() {
        found.entry(key).or_insert(finding);
    }
    found.into_values().collect()
}

/// Some rules over one stack in every world.
fn judge(estate: &Estate<'_>, rules: &[Rule], number: usize, name: &str) -> BTreeMap<Key, Finding> {
    let mut found = BTreeMap::new();
    let worlds = estate.worlds_of(number);
    // The rules that may say something else in another world, and the worlds in which each has run,
    // with what it looked at there. Most rules look at nothing that can be otherwise.
    let mut open: Vec<(&Rule, Vec<(usize, Touched)>)> = Vec::new();
    let mut session = Session::default();
    // The defaults first: what shows there needs no witness.
    for here in 0..worlds {
        session.next_world();
        let world = estate.world_of(number, here).noted_in(&session);
        let mut run = |rule: &Rule| {
            let mut report = Report {
                rule,
                stack: name,
                witness: world.witness(),
                found: &mut found,
            };
            (rule.run)(world.stack(number), &mut report);
            session.touched()
        };
        if here == 0 {
            for rule in rules {
                let touched = run(rule);
                if worlds > 1 && touched != Touched::default() {
                    open.push((rule, vec![(here, touched)]));
                }
            }
            continue;
        }
        // What is otherwise here than in each world before.
        let unlike: Vec<Touched> = (0..here)
            .map(|it| estate.unlike(number, here, it))
            .collect();
        open.retain_mut(|(rule, runs)| {
            // It would see what it has seen, and say what it has said.
            if runs.iter().any(|it| it.1.is_apart_from(unlike[it.0])) {
                return true;
            }
            let touched = run(rule);
            runs.push((here, touched));
            touched != Touched::default()
        });
    }
    found
}
