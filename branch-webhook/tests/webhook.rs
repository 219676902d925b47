//! Requests as the providers send them, and everything near them.

#![allow(clippy::unwrap_used)]

use branch_naming::{Naming, naming, tags};
use branch_webhook::*;
use proptest::prelude::*;

const NAMING: Naming = naming!("preview", "acme/shop");
const KEY: &str = "0123456789abcdef0123456789abcdef";
const SIGNING_TOKEN: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const NOW: u64 = 1_800_000_000;

const GITHUB: &str = r#"{"ref":"feature/search","ref_type":"branch","pusher_type":"user","repository":{"id":1,"full_name":"acme/shop"},"sender":{"login":"ana"}}"#;
const GITLAB: &str = r#"{"object_kind":"push","event_name":"push","before":"95790bf891e76fee5e1747ab589903a6a1f80f22","after":"0000000000000000000000000000000000000000","ref":"refs/heads/feature/search","checkout_sha":null,"project":{"path_with_namespace":"acme/shop"}}"#;
const BITBUCKET: &str = r#"{"repository":{"full_name":"acme/shop"},"push":{"changes":[{"old":{"type":"branch","name":"feature/search"},"new":null,"closed":true,"created":false}]}}"#;
const DATA_CENTER: &str = r#"{"eventKey":"repo:refs_changed","repository":{"slug":"shop","project":{"key":"ACME"}},"changes":[{"ref":{"id":"refs/heads/feature/search","displayId":"feature/search","type":"BRANCH"},"refId":"refs/heads/feature/search","toHash":"0000000000000000000000000000000000000000","type":"DELETE"}]}"#;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, it| bits << 8 | u32::from(*it))
            << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}

/// Headers as the provider sends them, signed with `KEY`.
fn headers(provider: Provider, body: &[u8]) -> Vec<(String, String)> {
    let signature = format!("sha256={}", hex(&sign(KEY.as_bytes(), &[body])));
    let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    let time = NOW.to_string();
    let standard = sign(
        KEY.as_bytes(),
        &[id.as_bytes(), b".", time.as_bytes(), b".", body],
    );
    let standard = format!("v1,{}", base64(&standard));
    let pairs = match provider {
        Provider::GitHub => vec![
            ("X-GitHub-Event", "delete"),
            ("X-GitHub-Delivery", id),
            ("X-Hub-Signature-256", &signature),
        ],
        Provider::GitLab => vec![
            ("X-Gitlab-Event", "Push Hook"),
            ("webhook-id", id),
            ("webhook-timestamp", &time),
            ("webhook-signature", &standard),
        ],
        Provider::GitLabToken => vec![
            ("X-Gitlab-Event", "Push Hook"),
            ("Idempotency-Key", id),
            ("X-Gitlab-Token", KEY),
        ],
        Provider::Bitbucket => vec![
            ("X-Event-Key", "repo:push"),
            ("X-Request-UUID", id),
            ("X-Hub-Signature", &signature),
        ],
        Provider::BitbucketDataCenter => vec![
            ("X-Event-Key", "repo:refs_changed"),
            ("X-Request-Id", id),
            ("X-Hub-Signature", &signature),
        ],
    };
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn body(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub => GITHUB,
        Provider::GitLab | Provider::GitLabToken => GITLAB,
        Provider::Bitbucket => BITBUCKET,
        Provider::BitbucketDataCenter => DATA_CENTER,
    }
}

fn secret(provider: Provider) -> Secret {
    Secret::new(if provider == Provider::GitLab {
        SIGNING_TOKEN
    } else {
        KEY
    })
    .unwrap()
}

fn ask(
    provider: Provider,
    headers: Vec<(String, String)>,
    body: &[u8],
) -> Result<Received, Refusal> {
    let request = Request {
        headers: headers.into_iter().collect(),
        body: body.to_vec(),
    };
    receive(NAMING, provider, &[secret(provider)], &request, NOW)
}

/// A signed event of this body.
fn event(provider: Provider, body: &str) -> Result<Received, Refusal> {
    ask(
        provider,
        headers(provider, body.as_bytes()),
        body.as_bytes(),
    )
}

fn signature_header(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub => "X-Hub-Signature-256",
        Provider::GitLab => "webhook-signature",
        Provider::GitLabToken => "X-Gitlab-Token",
        _ => "X-Hub-Signature",
    }
}

fn with(mut headers: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    for (key, it) in &mut headers {
        if key.eq_ignore_ascii_case(name) {
            *it = value.to_owned();
        }
    }
    headers
}

fn value_of<'h>(headers: &'h [(String, String)], name: &str) -> &'h str {
    &headers.iter().find(|(key, _)| key == name).unwrap().1
}

#[test]
fn a_deleted_branch_is_read_from_each_provider() {
    for provider in Provider::ALL {
        let Ok(Received::Deleted { keys, branches }) = event(provider, body(provider)) else {
            unreachable!("{provider:?}")
        };
        assert_eq!(branches, ["feature/search"], "{provider:?}");
        assert!(keys.iter().all(|it| it.starts_with(provider.name())));
        assert_eq!(
            keys.len(),
            if provider == Provider::GitLab { 1 } else { 2 },
            "{provider:?}"
        );
        assert_eq!(Provider::named(provider.name()), Some(provider));
    }
}

#[test]
fn every_flipped_bit_of_body_or_signature_is_refused() {
    for provider in Provider::ALL {
        let good = body(provider).as_bytes();
        let sent = headers(provider, good);
        // A shared token says nothing of the body: that is what the signing token is for.
        if provider != Provider::GitLabToken {
            for bit in 0..good.len() * 8 {
                let mut bad = good.to_vec();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(
                    ask(provider, sent.clone(), &bad),
                    Err(Refusal::WrongSignature),
                    "{provider:?} bit {bit}"
                );
            }
        }
        let name = signature_header(provider);
        let signature = value_of(&sent, name).as_bytes().to_vec();
        for bit in 0..signature.len() * 8 {
            let mut bad = signature.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let Ok(bad) = String::from_utf8(bad) else {
                continue;
            };
            let answer = ask(provider, with(sent.clone(), name, &bad), good);
            let refused = matches!(
                answer,
                Err(Refusal::WrongSignature | Refusal::MalformedHeader(_))
            );
            assert!(refused, "{provider:?} bit {bit}: {answer:?}");
        }
    }
}

#[test]
fn what_gitlab_signs_besides_the_body_cannot_be_changed() {
    let sent = headers(Provider::GitLab, GITLAB.as_bytes());
    for (name, value) in [
        ("webhook-id", "another"),
        ("webhook-timestamp", "1800000001"),
    ] {
        let answer = ask(
            Provider::GitLab,
            with(sent.clone(), name, value),
            GITLAB.as_bytes(),
        );
        assert_eq!(answer, Err(Refusal::WrongSignature), "{name}");
    }
}

#[test]
fn a_signature_header_that_is_missing_repeated_or_misshapen_is_refused() {
    for provider in Provider::ALL {
        let good = body(provider).as_bytes();
        let sent = headers(provider, good);
        let name = signature_header(provider);
        let signature = value_of(&sent, name).to_owned();
        let lower = sent
            .iter()
            .map(|(key, it)| (key.to_ascii_lowercase(), it.clone()))
            .collect();
        assert!(
            ask(provider, lower, good).is_ok(),
            "{provider:?}: names have no case"
        );
        let missing: Vec<_> = sent.iter().filter(|it| it.0 != name).cloned().collect();
        assert!(matches!(
            ask(provider, missing, good),
            Err(Refusal::MissingHeader(_))
        ));
        let mut twice = sent.clone();
        twice.push((name.to_ascii_uppercase(), signature.clone()));
        assert!(matches!(
            ask(provider, twice, good),
            Err(Refusal::RepeatedHeader(_))
        ));
        for bad in [
            String::new(),
            " ".to_owned(),
            format!("{signature} x"),
            format!("{signature},{signature}"),
            signature.to_ascii_uppercase(),
            signature
                .replace("sha256=", "sha1=")
                .replace("v1,", "v2,")
                .replace(KEY, "none"),
            signature
                .replace("sha256=", "")
                .replace("v1,", "")
                .replace(KEY, ""),
            signature[..signature.len() - 1].to_owned(),
            signature[..signature.len() - 2].to_owned(),
            "sha256=".to_owned(),
            "v1,".to_owned(),
        ] {
            // Several signatures, one of them good, is what Standard Webhooks asks for.
            if provider == Provider::GitLab && bad.ends_with(" x") {
                assert!(ask(provider, with(sent.clone(), name, &bad), good).is_ok());
                continue;
            }
            let answer = ask(provider, with(sent.clone(), name, &bad), good);
            assert_eq!(
                answer.clone().map_err(|it| it.status()),
                Err(401),
                "{provider:?} `{bad}`: {answer:?}"
            );
        }
    }
}

#[test]
fn an_old_or_early_delivery_of_gitlab_is_refused() {
    let request = Request {
        headers: headers(Provider::GitLab, GITLAB.as_bytes())
            .into_iter()
            .collect(),
        body: GITLAB.as_bytes().to_vec(),
    };
    let secrets = [secret(Provider::GitLab)];
    for (now, fresh) in [
        (NOW, true),
        (NOW + 300, true),
        (NOW - 300, true),
        (NOW + 301, false),
        (NOW + 360, false),
        (NOW - 360, false),
        (0, false),
        (u64::MAX, false),
    ] {
        let answer = receive(NAMING, Provider::GitLab, &secrets, &request, now);
        assert_eq!(answer.is_ok(), fresh, "{now}: {answer:?}");
        assert!(fresh || answer == Err(Refusal::Stale));
    }
}

#[test]
fn while_a_secret_is_exchanged_both_are_good_and_a_third_is_not() {
    let old = Secret::new(KEY).unwrap();
    let new = Secret::new("another secret of thirty-two bytes").unwrap();
    let request = Request {
        headers: headers(Provider::GitHub, GITHUB.as_bytes())
            .into_iter()
            .collect(),
        body: GITHUB.as_bytes().to_vec(),
    };
    for (secrets, good) in [
        (vec![new.clone(), old.clone()], true),
        (vec![old.clone(), new.clone()], true),
        (vec![new.clone()], false),
        (vec![], false),
    ] {
        let answer = receive(NAMING, Provider::GitHub, &secrets, &request, NOW);
        assert_eq!(answer.is_ok(), good, "{answer:?}");
    }
}

#[test]
fn a_short_secret_is_no_secret_and_none_is_ever_shown() {
    for bad in [
        "",
        " ",
        "0123456789abcdef0123456789abcde",
        "whsec_",
        "whsec_MDEyMw==",
        "whsec_not base64 at all, but long enough to be one",
    ] {
        assert_eq!(Secret::new(bad).err(), Some(WeakSecret), "{bad}");
    }
    assert_eq!(format!("{:?}", Secret::new(KEY).unwrap()), "Secret(…)");
}

#[test]
fn a_replay_has_a_key_of_the_first_delivery_even_under_another_id() {
    for provider in Provider::ALL {
        let keys = |id: &str, body: &str| {
            let mut sent = headers(provider, body.as_bytes());
            for name in [
                "X-GitHub-Delivery",
                "Idempotency-Key",
                "X-Request-UUID",
                "X-Request-Id",
            ] {
                sent = with(sent, name, id);
            }
            match ask(provider, sent, body.as_bytes()) {
                Ok(Received::Deleted { keys, .. }) => keys,
                other => unreachable!("{provider:?} {other:?}"),
            }
        };
        let first = keys("one", body(provider));
        let replay = keys("two", body(provider));
        assert!(first.iter().any(|it| replay.contains(it)), "{provider:?}");
        let later = body(provider).replace("feature/search", "feature/cart");
        let other = keys("three", &later);
        assert!(
            provider == Provider::GitLab || first.iter().all(|it| !other.contains(it)),
            "{provider:?}"
        );
    }
}

#[test]
fn an_event_about_something_else_deletes_nothing() {
    for (provider, body) in [
        (
            Provider::GitHub,
            GITHUB.replace(r#""ref_type":"branch""#, r#""ref_type":"tag""#),
        ),
        (
            Provider::GitLab,
            GITLAB.replace("refs/heads/", "refs/tags/"),
        ),
        (
            Provider::GitLab,
            GITLAB.replace(&"0".repeat(40), &"1".repeat(40)),
        ),
        (
            Provider::GitLab,
            GITLAB.replace(&"0".repeat(40), &"0".repeat(39)),
        ),
        (
            Provider::Bitbucket,
            BITBUCKET.replace(r#""type":"branch""#, r#""type":"tag""#),
        ),
        (
            Provider::Bitbucket,
            BITBUCKET.replace(r#""new":null"#, r#""new":{"type":"branch"}"#),
        ),
        (
            Provider::BitbucketDataCenter,
            DATA_CENTER.replace("BRANCH", "TAG"),
        ),
        (
            Provider::BitbucketDataCenter,
            DATA_CENTER.replace("DELETE", "UPDATE"),
        ),
    ] {
        assert_eq!(
            event(provider, &body),
            Ok(Received::Nothing),
            "{provider:?} {body}"
        );
    }
    for (provider, header, name) in [
        (Provider::GitHub, "X-GitHub-Event", "ping"),
        (Provider::GitHub, "X-GitHub-Event", "push"),
        (Provider::GitLab, "X-Gitlab-Event", "Tag Push Hook"),
        (Provider::Bitbucket, "X-Event-Key", "repo:fork"),
        (
            Provider::BitbucketDataCenter,
            "X-Event-Key",
            "diagnostics:ping",
        ),
    ] {
        let sent = with(headers(provider, body(provider).as_bytes()), header, name);
        assert_eq!(
            ask(provider, sent, body(provider).as_bytes()),
            Ok(Received::Nothing),
            "{name}"
        );
    }
}

#[test]
fn an_event_that_is_not_as_documented_or_of_another_repository_is_refused() {
    for (provider, body, expected) in [
        (Provider::GitHub, "{}".to_owned(), Refusal::Unreadable),
        (Provider::GitHub, "[".to_owned(), Refusal::Unreadable),
        (Provider::GitHub, "[".repeat(100_000), Refusal::Unreadable),
        (
            Provider::GitHub,
            GITHUB.replace("feature/search", ""),
            Refusal::Unreadable,
        ),
        (
            Provider::GitHub,
            GITHUB.replace("acme/shop", "evil/shop"),
            Refusal::OtherRepository,
        ),
        (
            Provider::GitHub,
            GITHUB.replace("acme/shop", "acme/shop2"),
            Refusal::OtherRepository,
        ),
        (
            Provider::GitLab,
            GITLAB.replace("acme/shop", "evil/shop"),
            Refusal::OtherRepository,
        ),
        (
            Provider::Bitbucket,
            BITBUCKET.replace(r#""new":null,"#, ""),
            Refusal::Unreadable,
        ),
        (
            Provider::Bitbucket,
            BITBUCKET.replace("acme/shop", "evil/shop"),
            Refusal::OtherRepository,
        ),
        (
            Provider::BitbucketDataCenter,
            DATA_CENTER.replace("ACME", "EVIL"),
            Refusal::OtherRepository,
        ),
        (
            Provider::BitbucketDataCenter,
            DATA_CENTER.replace("refs/heads/", "refs/x/"),
            Refusal::Unreadable,
        ),
        (
            Provider::GitHub,
            " ".repeat(MAX_BODY + 1),
            Refusal::TooLarge,
        ),
    ] {
        assert_eq!(
            event(provider, &body),
            Err(expected.clone()),
            "{provider:?}"
        );
        assert!((400..500).contains(&expected.status()));
    }
}

#[test]
fn one_delivery_of_bitbucket_can_delete_several_branches() {
    let change = r#"{"old":{"type":"branch","name":"feature/search"},"new":null,"closed":true,"created":false}"#;
    let two = format!("{change},{}", change.replace("search", "cart"));
    let Ok(Received::Deleted { branches, .. }) =
        event(Provider::Bitbucket, &BITBUCKET.replace(change, &two))
    else {
        unreachable!()
    };
    assert_eq!(branches, ["feature/search", "feature/cart"]);
}

fn stack() -> Stack {
    let names = NAMING.names("feature/search");
    Stack {
        id: format!(
            "arn:aws:cloudformation:eu-west-1:111122223333:stack/{}/1",
            names.stack()
        ),
        name: names.stack(),
        status: "CREATE_COMPLETE".to_owned(),
        tags: tags::ownership(&names)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        protected: false,
        changed: NOW,
    }
}

#[test]
fn only_a_stack_with_the_tags_of_this_very_branch_is_deleted() {
    let names = NAMING.names("feature/search");
    let status = |it: &str| Stack {
        status: it.to_owned(),
        ..stack()
    };
    let without = |key: &str| {
        let tags = stack().tags.into_iter().filter(|it| it.0 != key).collect();
        Stack { tags, ..stack() }
    };
    let of = |branch: &str, naming: Naming<'_>| {
        let tags = tags::ownership(&naming.names(branch));
        let tags = tags
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        Stack { tags, ..stack() }
    };
    for (stack, expected) in [
        (None, Decision::Absent),
        (Some(stack()), Decision::Delete),
        (Some(status("ROLLBACK_COMPLETE")), Decision::Delete),
        (Some(status("DELETE_FAILED")), Decision::Delete),
        (Some(status("CREATE_IN_PROGRESS")), Decision::Delete),
        (Some(status("UPDATE_IN_PROGRESS")), Decision::Busy),
        (
            Some(status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")),
            Decision::Busy,
        ),
        (Some(status("DELETE_IN_PROGRESS")), Decision::Going),
        (Some(status("DELETE_COMPLETE")), Decision::Absent),
        (Some(without(tags::SYSTEM)), Decision::NotOurs),
        (Some(without(tags::REF)), Decision::NotOurs),
        (Some(without(tags::BRANCH)), Decision::Delete),
        (
            Some(Stack {
                tags: vec![],
                ..stack()
            }),
            Decision::NotOurs,
        ),
        (
            Some(Stack {
                name: "production".to_owned(),
                ..stack()
            }),
            Decision::NotOurs,
        ),
        (
            Some(Stack {
                protected: true,
                ..stack()
            }),
            Decision::Protected,
        ),
        // Another branch, repository or system that happens to have the same name.
        (Some(of("Feature/search", NAMING)), Decision::NotOurs),
        (
            Some(of("feature/search", naming!("preview", "acme/blog"))),
            Decision::NotOurs,
        ),
        (
            Some(of("feature/search", naming!("other", "acme/shop"))),
            Decision::NotOurs,
        ),
    ] {
        assert_eq!(decide(&names, stack.as_ref()), expected, "{stack:?}");
    }
}

#[test]
fn an_environment_expires_by_the_hours_since_its_last_deployment() {
    let hours = |it: &str| {
        let mut stack = stack();
        stack.tags.push((tags::HOURS.to_owned(), it.to_owned()));
        stack
    };
    let hour = 3_600;
    let twice = Stack {
        tags: [hours("1").tags, hours("2").tags].concat(),
        ..stack()
    };
    for (stack, now, expected) in [
        (stack(), u64::MAX, false),
        (hours("2"), NOW + 2 * hour - 1, false),
        (hours("2"), NOW + 2 * hour, true),
        (hours("2"), 0, false),
        (hours("0"), NOW + 9_999 * hour, false),
        (hours("8761"), u64::MAX, false),
        (hours("-1"), u64::MAX, false),
        (hours("soon"), u64::MAX, false),
        (hours(""), u64::MAX, false),
        (twice, u64::MAX, false),
        (
            Stack {
                protected: true,
                ..hours("2")
            },
            u64::MAX,
            false,
        ),
        (
            Stack {
                status: "UPDATE_IN_PROGRESS".to_owned(),
                ..hours("2")
            },
            u64::MAX,
            false,
        ),
        (
            Stack {
                name: "preview".to_owned(),
                ..hours("2")
            },
            u64::MAX,
            false,
        ),
        (
            Stack {
                name: "previewer-x".to_owned(),
                ..hours("2")
            },
            u64::MAX,
            false,
        ),
        (
            Stack {
                tags: vec![(tags::HOURS.to_owned(), "2".to_owned())],
                ..stack()
            },
            u64::MAX,
            false,
        ),
    ] {
        assert_eq!(is_expired(NAMING, &stack, now), expected, "{stack:?} {now}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_in_unsigned_is_refused(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        signature in "(sha256=|v1,)?[0-9a-fA-F=+/]{0,80}",
        other in "[ -~]{0,40}",
    ) {
        for provider in Provider::ALL {
            let mut sent = with(headers(provider, b"other"), signature_header(provider), &signature);
            sent.push(("X-Other".to_owned(), other.clone()));
            let answer = ask(provider, sent, &body);
            prop_assert_eq!(answer.map_err(|it| it.status()), Err(401));
        }
    }

    #[test]
    fn a_signed_body_of_any_json_is_read_or_refused(body in "[\\[\\]{}:,\"a-z0-9 ]{0,120}", branch in "\\PC{1,60}") {
        for provider in Provider::ALL {
            let _ = event(provider, &body);
        }
        let name = serde_json::to_string(&branch).unwrap();
        let body = GITHUB.replace("\"feature/search\"", &name);
        match event(Provider::GitHub, &body) {
            Ok(Received::Deleted { branches, .. }) => prop_assert_eq!(branches, vec![branch]),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
