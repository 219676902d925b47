//! [`Secret`]: text that is sent to AWS and shown to nobody.

use std::fmt;

/// A value that must not be printed: it has no `Display`, its `Debug` is `Secret(…)`, and it
/// cannot be serialized, so that it gets neither into a message nor into the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Text to keep.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for the one who sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
