//! A secret that is never shown.

use std::fmt;

use crate::encoding::from_base64;

/// The secret of a webhook, at least 32 bytes.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// The secret is shorter than 32 bytes, or not in the form of its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakSecret;

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret of the webhook is shorter than 32 bytes, or malformed")
    }
}

impl std::error::Error for WeakSecret {}

impl Secret {
    /// A secret as it was entered at the provider. A signing token of GitLab is `whsec_` and the
    /// key in Base64; everything else is taken as it stands.
    ///
    /// # Errors
    /// When it has fewer than 32 bytes: an empty secret would let everybody in.
    pub fn new(text: &str) -> Result<Secret, WeakSecret> {
        let key = match text.strip_prefix("whsec_") {
            Some(key) => from_base64(key).ok_or(WeakSecret)?,
            None => text.as_bytes().to_vec(),
        };
        if key.len() < 32 {
            return Err(WeakSecret);
        }
        Ok(Secret(key))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
