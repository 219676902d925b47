//! [`Finding`]: what a rule has to say.

use stack_core::Severity;

/// Something that cannot work, or hardly was meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The stack it is in; empty for a template alone.
    pub stack: String,
    /// Where: `Api.LoadBalancers[0].ContainerPort`.
    pub place: String,
    /// The rule, in kebab-case; `explain` shows its page.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong. Lower case, no final stop, the user's things in backticks.
    pub message: String,
    /// What it takes to see it: parameters that differ from their defaults, a packet, the tasks on
    /// an instance. Empty when nothing special is needed.
    pub witness: Vec<String>,
    /// The smallest change that mends it.
    pub repair: Option<String>,
}

impl Finding {
    /// The logical id at the beginning of the place.
    pub fn resource(&self) -> &str {
        let end = self.place.find(['.', '/', '[']);
        &self.place[..end.unwrap_or(self.place.len())]
    }
}
