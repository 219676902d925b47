//! [`Decision`]: what a stack decides once, and patterns ask for.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use crate::build::Scope;
use crate::problem::{Origin, Problem};

/// Something that is decided once for a whole stack and asked for by the patterns in it, such as
/// the key that encrypts what they keep. Each type is one decision.
///
/// ```
/// use stack_core::prelude::*;
///
/// #[derive(Clone)]
/// struct Retention(i64);
///
/// impl Decision for Retention {
///     const WHAT: &'static str = "how long logs are kept";
/// }
///
/// struct Journal;
///
/// impl Build for Journal {
///     type Handle = Ref<Raw>;
///     fn build(self, scope: &mut Scope<'_>) -> Ref<Raw> {
///         let days = scope.decided::<Retention>().map_or(365, |it| it.0);
///         scope.add("Logs", Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", days))
///     }
/// }
///
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// stack.decide(Retention(30));
/// stack.add("Shop", Journal);
/// assert!(app.synth().unwrap().stack("Web").unwrap().body().contains(r#""RetentionInDays": 30"#));
/// ```
pub trait Decision: Clone + Send + Sync + 'static {
    /// What is decided, in words that go on with "is decided": "the encryption key".
    const WHAT: &'static str;
}

/// The decisions of a stack, and who asked for one that was not there yet.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    made: BTreeMap<TypeId, (Box<dyn Any + Send + Sync>, Origin)>,
    missed: BTreeMap<TypeId, Origin>,
}

impl Scope<'_> {
    /// Decides something for the whole stack, before what it is about is added to it. Deciding it
    /// twice, or after a pattern has asked, is a problem: one half of the stack would be built one
    /// way, and the other half another.
    #[track_caller]
    pub fn decide<D: Decision>(&mut self, decision: D) -> &mut Self {
        let origin = self.origin();
        let stack = self.stack_name();
        let kind = TypeId::of::<D>();
        let decisions = &mut self.data().decisions;
        let asked = decisions.missed.get(&kind).copied();
        let made = decisions.made.get(&kind).map(|(_, first)| *first);
        let problem = if let Some(first) = made {
            let message = format!("{} is already decided for `{stack}` at {first}", D::WHAT);
            let problem = Problem::error("decided-twice", message);
            Some(problem.help("decide it once for each stack"))
        } else {
            decisions.made.insert(kind, (Box::new(decision), origin));
            asked.map(|first| {
                let message = format!(
                    "{} is decided for `{stack}` after it was needed at {first}",
                    D::WHAT
                );
                Problem::error("decided-late", message)
                    .help("decide it before adding what it is about")
            })
        };
        if let Some(problem) = problem {
            self.problem(problem.from(origin));
        }
        self
    }

    /// What was decided for the stack, if anything was. For patterns.
    #[track_caller]
    pub fn decided<D: Decision>(&mut self) -> Option<D> {
        let origin = self.origin();
        let kind = TypeId::of::<D>();
        let decisions = &mut self.data().decisions;
        let made = decisions.made.get(&kind).map(|(it, _)| it);
        let decision = made.and_then(|it| it.downcast_ref::<D>()).cloned();
        if decision.is_none() {
            decisions.missed.entry(kind).or_insert(origin);
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::App;

    #[derive(Clone)]
    struct Colour;

    impl Decision for Colour {
        const WHAT: &'static str = "the colour";
    }

    fn told(define: impl FnOnce(&mut App)) -> Vec<String> {
        let mut app = App::new();
        define(&mut app);
        let told = app.problems.iter().map(|it| it.message.clone());
        told.collect()
    }

    #[test]
    fn what_is_decided_is_for_one_stack_and_comes_once_and_before_it_is_needed() {
        assert!(
            told(|app| {
                app.stack("A").decide(Colour);
                assert!(app.stack("A").decided::<Colour>().is_some());
                assert!(app.stack("B").decided::<Colour>().is_none());
            })
            .is_empty()
        );
        let twice = told(|app| {
            app.stack("A").decide(Colour).decide(Colour);
        });
        assert!(
            twice[0].starts_with("the colour is already decided for `A` at "),
            "{twice:?}"
        );
        let late = told(|app| {
            app.stack("A").decided::<Colour>();
            app.stack("A").decide(Colour);
        });
        assert!(
            late[0].starts_with("the colour is decided for `A` after it was needed at "),
            "{late:?}"
        );
    }
}
