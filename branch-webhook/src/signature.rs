//! Whether a request comes from who has the secret.

use branch_naming::Provider;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::encoding::{from_base64, from_hex};
use crate::{Headers, Refusal, Secret};

/// How many seconds a signed time may lie before or after ours.
pub const TOLERANCE: u64 = 300;

/// The header with the id of a delivery.
fn delivery_header(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub => "x-github-delivery",
        Provider::GitLab => "webhook-id",
        Provider::GitLabToken => "idempotency-key",
        Provider::Bitbucket => "x-request-uuid",
        Provider::BitbucketDataCenter => "x-request-id",
    }
}

/// HMAC-SHA256 of the parts, one after the other: what a provider signs with. For tests and for
/// sending a webhook by hand.
pub fn sign(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    mac(key, parts).map_or([0; 32], |it| it.finalize().into_bytes().into())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    // A key of any length will do; there is no error.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|it| mac.update(it));
    Some(mac)
}

/// Checks the signature with each of the secrets, and gives the keys that this delivery is
/// remembered by.
///
/// # Errors
/// When the signature is missing, malformed, wrong or too old.
pub(crate) fn verify(
    provider: Provider,
    secrets: &[Secret],
    headers: &Headers,
    body: &[u8],
    now: u64,
) -> Result<Vec<String>, Refusal> {
    // Every secret is tried whatever the others said, so that time tells nothing of them.
    let fits = |check: &dyn Fn(&[u8]) -> bool| {
        secrets
            .iter()
            .fold(false, |found, it| check(it.bytes()) | found)
    };
    let genuine = match provider {
        Provider::GitHub => {
            let signature = hex_signature(headers, "x-hub-signature-256")?;
            fits(&|key| is_signed(key, &[body], &signature))
        }
        Provider::Bitbucket | Provider::BitbucketDataCenter => {
            let signature = hex_signature(headers, "x-hub-signature")?;
            fits(&|key| is_signed(key, &[body], &signature))
        }
        Provider::GitLab => {
            let id = headers.id("webhook-id")?;
            let time = headers.id("webhook-timestamp")?;
            let signatures = standard_signatures(headers)?;
            let parts = [id.as_bytes(), b".", time.as_bytes(), b".", body];
            let genuine = fits(&|key| {
                let each = signatures.iter();
                each.fold(false, |found, it| is_signed(key, &parts, it) | found)
            });
            // Only a time that was signed is worth looking at.
            if genuine && !is_recent(time, now) {
                return Err(Refusal::Stale);
            }
            genuine
        }
        Provider::GitLabToken => {
            let token = headers.one("x-gitlab-token")?;
            fits(&|key| token.as_bytes().ct_eq(key).into())
        }
    };
    if !genuine {
        return Err(Refusal::WrongSignature);
    }
    let id = headers.id(delivery_header(provider))?;
    let mut keys = vec![format!("{}#{id}", provider.name())];
    if provider != Provider::GitLab {
        let digest: String = Sha256::digest(body)
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        keys.push(format!("{}#body#{digest}", provider.name()));
    }
    Ok(keys)
}

fn is_signed(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    // Compares in constant time.
    mac(key, parts).is_some_and(|it| it.verify_slice(signature).is_ok())
}

/// `sha256=` and 64 digits.
fn hex_signature(headers: &Headers, name: &'static str) -> Result<Vec<u8>, Refusal> {
    let digits = headers.one(name)?.strip_prefix("sha256=");
    let bytes = digits.and_then(from_hex).filter(|it| it.len() == 32);
    bytes.ok_or(Refusal::MalformedHeader(name))
}

/// `v1,` and Base64, several with spaces between while a token is exchanged. Other versions are
/// passed over, as the specification says.
fn standard_signatures(headers: &Headers) -> Result<Vec<Vec<u8>>, Refusal> {
    const NAME: &str = "webhook-signature";
    let value = headers.one(NAME)?;
    let each = value.split(' ').filter_map(|it| it.strip_prefix("v1,"));
    let each = each.map(|it| from_base64(it).filter(|it| it.len() == 32));
    match each.collect::<Option<Vec<_>>>() {
        Some(signatures) if (1..=8).contains(&signatures.len()) => Ok(signatures),
        _ => Err(Refusal::MalformedHeader(NAME)),
    }
}

fn is_recent(time: &str, now: u64) -> bool {
    let digits = time.bytes().all(|it| it.is_ascii_digit());
    digits
        && time
            .parse()
            .is_ok_and(|time: u64| now.abs_diff(time) <= TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|it| format!("{it:02x}")).collect()
    }

    #[test]
    fn hmac_sha256_is_that_of_rfc_4231() {
        let long = [0xaa_u8; 131];
        let counted: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 7] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counted, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
            (&long, b"Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (&long, b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ];
        for (key, message, expected) in cases {
            let signature = hex(&sign(key, &[message]));
            // Case 5 of the RFC shows the first 128 bits alone.
            assert!(signature.starts_with(expected), "{signature}");
            assert!(is_signed(key, &[message], &sign(key, &[message])));
        }
    }

    #[test]
    fn the_vectors_that_providers_document_are_accepted() {
        let key = b"It's a Secret to Everybody";
        for (body, signature) in [
            // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
            (
                "Hello, World!",
                "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
            // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
            (
                "Hello World!",
                "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
            ),
        ] {
            let headers: Headers = [("x", format!("sha256={signature}"))].into_iter().collect();
            let bytes = hex_signature(&headers, "x").expect("a signature");
            assert!(is_signed(key, &[body.as_bytes()], &bytes), "{body}");
        }
    }

    #[test]
    fn the_vector_of_standard_webhooks_is_accepted() {
        // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/rust/src/lib.rs
        let key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let parts: [&[u8]; 5] = [
            b"msg_p5jXN8AQM9LWM0D4loKWxJek",
            b".",
            b"1614265330",
            b".",
            br#"{"test": 2432232314}"#,
        ];
        let signature =
            from_base64("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=").expect("a signature");
        assert!(is_signed(&key, &parts, &signature));
    }
}
