//! Findings that are meant, in a settings file.

use schemars::JsonSchema;
use serde::Deserialize;
use stack_core::build::{Accepted, Day};

/// A finding of `check` that is meant, as a settings file says it.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use stack_cli::settings::{self, Accept};
/// use stack_core::App;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Settings {
///     accept: Vec<Accept>,
/// }
///
/// let text = r#"
/// [[accept]]
/// rule = "unexposed-target-port"
/// place = "Shop/Web"
/// reason = "the port follows on Monday"
/// until = "2027-03-31"
/// "#;
/// let settings: Settings = settings::load(text, "stack.toml").unwrap();
/// let mut app = App::new();
/// settings.accept.into_iter().for_each(|it| app.accept(it));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Accept {
    /// The code of the rule.
    pub rule: String,
    /// Stack, logical id and, to be exact, the way on: `Shop/Edge.Scheme`. Everything below it is
    /// meant too; `*` stands for any characters.
    pub place: String,
    /// Why it is meant.
    pub reason: String,
    /// The last day on which it is; the finding then counts again.
    pub until: Option<Day>,
}

impl From<Accept> for Accepted {
    fn from(it: Accept) -> Accepted {
        Accepted {
            rule: it.rule,
            place: it.place,
            reason: it.reason,
            until: it.until,
            origin: None,
        }
    }
}
