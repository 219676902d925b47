//! From where to where images may be promoted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use stack_core::{App, Problem};

/// The promotion graph: for each environment, those whose images it takes.
///
/// An environment that is not named takes images from nowhere but the build. The graph has no way
/// back: what runs in `prod` came through the others.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use stack_cli::settings::{self, Promotion};
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Settings {
///     promotion: Promotion,
/// }
///
/// let text = r#"
/// [promotion]
/// staging = ["dev"]
/// prod = ["staging"]
/// "#;
/// let settings: Settings = settings::load(text, "stack.toml").unwrap();
/// assert!(settings.promotion.allows("dev", "staging"));
/// assert!(!settings.promotion.allows("dev", "prod"));
/// assert!(settings.promotion.check(["dev", "staging", "prod"]).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(try_from = "Sources", into = "Sources")]
pub struct Promotion(Sources);

type Sources = BTreeMap<String, BTreeSet<String>>;

impl Promotion {
    /// Whether images of `from` may go to `to`, in one step.
    pub fn allows(&self, from: &str, to: &str) -> bool {
        self.0.get(to).is_some_and(|it| it.contains(from))
    }

    /// The environments whose images this one takes, sorted.
    pub fn sources(&self, to: &str) -> impl Iterator<Item = &str> {
        self.0.get(to).into_iter().flatten().map(String::as_str)
    }

    /// Tells the app the graph, and problems of names that are no environment.
    ///
    /// ```
    /// # let settings: std::collections::BTreeMap<String, stack_cli::settings::Promotion> =
    /// #     stack_cli::settings::load("[promotion]\nprod = [\"dev\"]", "stack.toml").unwrap();
    /// # let promotion = &settings["promotion"];
    /// let mut app = stack_core::App::new();
    /// promotion.declare(&mut app, ["dev", "prod"]);
    /// assert!(app.synth().unwrap().promotion()["prod"].contains("dev"));
    /// ```
    pub fn declare<'a>(&self, app: &mut App, environments: impl IntoIterator<Item = &'a str>) {
        app.problems(self.check(environments));
        for (to, sources) in &self.0 {
            for from in sources {
                app.promotes(from, to);
            }
        }
    }

    /// What names environments that are not there.
    pub fn check<'a>(&self, environments: impl IntoIterator<Item = &'a str>) -> Vec<Problem> {
        let known: BTreeSet<&str> = environments.into_iter().collect();
        let named = self.0.iter().flat_map(|(to, from)| from.iter().chain([to]));
        let named: BTreeSet<&str> = named.map(String::as_str).collect();
        let problem = |name: &&str| {
            let message =
                format!("the promotion graph names `{name}`, and no environment is called that");
            let close = stack_core::closest(name, known.iter().copied());
            let problem = Problem::error("promotion", message);
            match close {
                Some(close) => problem.help(format!("did you mean `{close}`?")),
                None => problem.help("add the environment, or take the name out of the graph"),
            }
        };
        named.difference(&known).map(problem).collect()
    }
}

impl TryFrom<Sources> for Promotion {
    type Error = String;

    fn try_from(sources: Sources) -> Result<Promotion, String> {
        // Whoever takes from none that is still there goes; what stays goes in circles.
        let mut left: BTreeMap<&str, BTreeSet<&str>> = sources
            .iter()
            .map(|(to, from)| (to.as_str(), from.iter().map(String::as_str).collect()))
            .collect();
        loop {
            let names: BTreeSet<&str> = left.keys().copied().collect();
            let before = left.len();
            left.retain(|_, from| from.iter().any(|it| names.contains(it)));
            match left.len() {
                0 => return Ok(Promotion(sources)),
                now if now == before => {
                    let names: Vec<String> = left.keys().map(|it| format!("`{it}`")).collect();
                    return Err(format!(
                        "images of {} would go in a circle",
                        names.join(", ")
                    ));
                }
                _ => (),
            }
        }
    }
}

impl From<Promotion> for Sources {
    fn from(it: Promotion) -> Sources {
        it.0
    }
}

impl JsonSchema for Promotion {
    fn schema_name() -> Cow<'static, str> {
        "Promotion".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Sources::json_schema(generator);
        schema.insert(
            "description".to_owned(),
            "For each environment, those whose images it takes.".into(),
        );
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::{Promotion, Sources};

    fn sources(graph: &[(&str, &[&str])]) -> Sources {
        let names = |from: &&[&str]| from.iter().map(|it| (*it).to_owned()).collect();
        let all = graph.iter();
        all.map(|(to, from)| ((*to).to_owned(), names(from)))
            .collect()
    }

    #[test]
    fn a_graph_has_no_way_back() {
        for (graph, refused) in [
            (
                &[("staging", &["dev"][..]), ("prod", &["staging", "hotfix"])][..],
                None,
            ),
            (
                &[("dev", &["dev"])],
                Some("images of `dev` would go in a circle"),
            ),
            (
                &[
                    ("a", &["b"]),
                    ("b", &["c"]),
                    ("c", &["a", "x"]),
                    ("d", &["x"]),
                ],
                Some("images of `a`, `b`, `c` would go in a circle"),
            ),
        ] {
            let found = Promotion::try_from(sources(graph));
            assert_eq!(found.err().as_deref(), refused, "{graph:?}");
        }
    }

    #[test]
    fn names_that_are_no_environment_are_told() {
        let graph = Promotion::try_from(sources(&[("stagin", &["dev"]), ("prod", &["qa"])]));
        let problems = graph.unwrap().check(["dev", "staging", "prod"]);
        let told: Vec<String> = problems
            .iter()
            .map(|it| format!("{}; {}", it.message, it.help.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                "the promotion graph names `qa`, and no environment is called that; add the environment, or take the name out of the graph",
                "the promotion graph names `stagin`, and no environment is called that; did you mean `staging`?",
            ]
        );
    }
}
