//! The headers of a request, by name in any case.

use crate::Refusal;

/// The headers of a request.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Headers {
        Headers(
            headers
                .into_iter()
                .map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into()))
                .collect(),
        )
    }
}

impl Headers {
    /// The one header of this name, which is written in lower case.
    ///
    /// # Errors
    /// When it is missing, or there more than once: two parts of a system that each read another
    /// one would not see the same request.
    pub(crate) fn one(&self, name: &'static str) -> Result<&str, Refusal> {
        let mut found = self.0.iter().filter(|(it, _)| it == name);
        let (_, value) = found.next().ok_or(Refusal::MissingHeader(name))?;
        match found.next() {
            Some(_) => Err(Refusal::RepeatedHeader(name)),
            None => Ok(value),
        }
    }

    /// An identifier: 1–128 printable characters of ASCII.
    pub(crate) fn id(&self, name: &'static str) -> Result<&str, Refusal> {
        let value = self.one(name)?;
        let good =
            (1..=128).contains(&value.len()) && value.bytes().all(|it| it.is_ascii_graphic());
        good.then_some(value).ok_or(Refusal::MalformedHeader(name))
    }
}
