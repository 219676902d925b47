//! Events against a cloud in memory.

#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use branch_naming::{Naming, naming, tags};
use branch_webhook::{Provider, Secret, Stack, sign};
use branch_webhook_lambda::{AT_WORK, Cloud, Failure, Function, REMEMBERED};
use serde_json::{Value, json};

const NAMING: Naming<'static> = naming!("preview", "acme/shop");
const KEY: &str = "0123456789abcdef0123456789abcdef";
const NOW: u64 = 1_800_000_000;
const FUNCTION: Function = Function {
    naming: NAMING,
    provider: Provider::GitHub,
};

/// What is in the cloud, what was asked of it, and the call that fails.
#[derive(Default)]
struct Fake {
    stacks: RefCell<BTreeMap<String, Stack>>,
    remembered: RefCell<BTreeMap<String, u64>>,
    done: RefCell<Vec<String>>,
    fails: &'static str,
}

impl Fake {
    fn with(stacks: impl IntoIterator<Item = Stack>) -> Fake {
        let stacks = stacks.into_iter().map(|it| (it.name.clone(), it)).collect();
        Fake {
            stacks: RefCell::new(stacks),
            ..Fake::default()
        }
    }

    fn may(&self, doing: &'static str) -> Result<(), Failure> {
        if self.fails == doing {
            return Err(Failure::new(doing, "AccessDenied"));
        }
        Ok(())
    }

    fn done(&self) -> Vec<String> {
        self.done.borrow().clone()
    }
}

impl Cloud for Fake {
    fn now(&self) -> u64 {
        NOW
    }
    async fn secrets(&self) -> Result<Vec<Secret>, Failure> {
        self.may("secrets")?;
        Ok(vec![Secret::new(KEY).unwrap()])
    }
    async fn remember(&self, key: &str, until: u64) -> Result<bool, Failure> {
        self.may("remember")?;
        if self
            .remembered
            .borrow()
            .get(key)
            .is_some_and(|it| *it >= NOW)
        {
            return Ok(false);
        }
        self.remembered.borrow_mut().insert(key.to_owned(), until);
        Ok(true)
    }
    async fn keep(&self, key: &str, until: u64) -> Result<(), Failure> {
        self.may("keep")?;
        self.remembered.borrow_mut().insert(key.to_owned(), until);
        Ok(())
    }
    async fn forget(&self, key: &str) -> Result<(), Failure> {
        self.remembered.borrow_mut().remove(key);
        Ok(())
    }
    async fn stack(&self, name: &str) -> Result<Option<Stack>, Failure> {
        self.may("stack")?;
        Ok(self.stacks.borrow().get(name).cloned())
    }
    async fn stacks(&self) -> Result<Vec<Stack>, Failure> {
        self.may("stacks")?;
        Ok(self.stacks.borrow().values().cloned().collect())
    }
    async fn delete(&self, stack: &Stack) -> Result<(), Failure> {
        self.may("delete")?;
        self.done.borrow_mut().push(format!("delete {}", stack.id));
        self.stacks.borrow_mut().remove(&stack.name);
        Ok(())
    }
    async fn tell(&self, title: &str, text: &str) -> Result<(), Failure> {
        self.may("tell")?;
        self.done.borrow_mut().push(format!("{title}: {text}"));
        Ok(())
    }
}

/// The fake never waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => unreachable!("the fake never waits"),
    }
}

fn environment(branch: &str) -> Stack {
    let names = NAMING.names(branch);
    let tags = tags::ownership(&names);
    Stack {
        id: format!("arn:{}", names.stack()),
        name: names.stack(),
        status: "UPDATE_COMPLETE".to_owned(),
        tags: tags
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        protected: false,
        changed: NOW - 7_200,
    }
}

fn request(branch: &str) -> Value {
    let body =
        json!({ "ref": branch, "ref_type": "branch", "repository": { "full_name": "acme/shop" } });
    let body = body.to_string();
    let signature: String = sign(KEY.as_bytes(), &[body.as_bytes()])
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    json!({
        "version": "2.0",
        "requestContext": { "http": { "method": "POST", "path": "/github" } },
        "headers": {
            "x-github-event": "delete",
            "x-github-delivery": format!("id-of-{}", branch.len()),
            "x-hub-signature-256": format!("sha256={signature}"),
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

fn status(cloud: &Fake, event: &Value) -> u64 {
    let answer = run(FUNCTION.handle(cloud, event)).unwrap();
    answer["statusCode"].as_u64().unwrap()
}

#[test]
fn the_environment_of_a_deleted_branch_is_deleted_once() {
    let cloud = Fake::with([environment("feature/search"), environment("feature/cart")]);
    let event = request("feature/search");
    assert_eq!(status(&cloud, &event), 200);
    let stack = NAMING.names("feature/search").stack();
    let expected = [
        format!("delete arn:{stack}"),
        format!("Environment deleted: `feature/search` is gone, and so is `{stack}`."),
    ];
    assert_eq!(cloud.done(), expected);
    assert!(
        cloud
            .remembered
            .borrow()
            .values()
            .all(|it| *it == NOW + REMEMBERED)
    );
    // The same again, under its own id and under another.
    assert_eq!(status(&cloud, &event), 409);
    let mut replay = event;
    replay["headers"]["x-github-delivery"] = json!("another");
    assert_eq!(status(&cloud, &replay), 409);
    assert_eq!(cloud.done(), expected);
    assert_eq!(cloud.stacks.borrow().len(), 1);
}

#[test]
fn bodies_in_base64_are_the_same_bytes() {
    let cloud = Fake::with([environment("feature/search")]);
    let mut event = request("feature/search");
    event["body"] = json!(base64(event["body"].as_str().unwrap().as_bytes()));
    assert_eq!(status(&cloud, &event), 401);
    event["isBase64Encoded"] = json!(true);
    assert_eq!(status(&cloud, &event), 200);
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

#[test]
fn what_is_not_ours_protected_or_absent_stays_and_people_hear_of_it() {
    let without_tags = Stack {
        tags: vec![],
        ..environment("feature/search")
    };
    let protected = Stack {
        protected: true,
        ..environment("feature/search")
    };
    for (stacks, told) in [(vec![without_tags], 1), (vec![protected], 1), (vec![], 0)] {
        let cloud = Fake::with(stacks.clone());
        assert_eq!(status(&cloud, &request("feature/search")), 200);
        assert_eq!(cloud.done().len(), told, "{:?}", cloud.done());
        assert!(
            cloud
                .done()
                .iter()
                .all(|it| it.starts_with("Environment not deleted"))
        );
        assert_eq!(cloud.stacks.borrow().len(), stacks.len());
    }
}

#[test]
fn what_failed_or_is_busy_can_be_sent_again() {
    for fails in ["stack", "delete"] {
        let mut cloud = Fake {
            fails,
            ..Fake::with([environment("feature/search")])
        };
        assert_eq!(status(&cloud, &request("feature/search")), 500, "{fails}");
        assert!(cloud.remembered.borrow().is_empty());
        cloud.fails = "";
        assert_eq!(status(&cloud, &request("feature/search")), 200);
        assert!(cloud.stacks.borrow().is_empty());
    }
    for fails in ["secrets", "remember"] {
        let cloud = Fake {
            fails,
            ..Fake::with([environment("feature/search")])
        };
        assert_eq!(status(&cloud, &request("feature/search")), 500, "{fails}");
        assert!(cloud.done().is_empty() && cloud.stacks.borrow().len() == 1);
    }
    let busy = Stack {
        status: "UPDATE_IN_PROGRESS".to_owned(),
        ..environment("feature/search")
    };
    let cloud = Fake::with([busy]);
    assert_eq!(status(&cloud, &request("feature/search")), 503);
    assert!(cloud.remembered.borrow().is_empty() && cloud.done().is_empty());
}

#[test]
fn people_not_hearing_of_it_keeps_nothing() {
    let cloud = Fake {
        fails: "tell",
        ..Fake::with([environment("feature/search")])
    };
    assert_eq!(status(&cloud, &request("feature/search")), 200);
    assert!(cloud.stacks.borrow().is_empty());
}

#[test]
fn other_addresses_methods_and_shapes_do_nothing() {
    let cloud = Fake::with([environment("feature/search")]);
    let change = |pointer: &str, value: Value| {
        let mut event = request("feature/search");
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for (event, expected) in [
        (change("/requestContext/http/method", json!("GET")), 404),
        (
            change("/requestContext/http/path", json!("/gitlab-token")),
            404,
        ),
        (change("/requestContext/http/path", json!("/")), 404),
        (change("/requestContext", json!({})), 400),
        (change("/headers", json!(null)), 400),
        (change("/headers/x-github-event", json!(1)), 400),
        (change("/headers/x-github-event", json!("push")), 202),
        (
            change("/headers/x-hub-signature-256", json!("sha256=00")),
            401,
        ),
        (change("/body", json!("{}")), 401),
        (change("/isBase64Encoded", json!(true)), 400),
    ] {
        assert_eq!(status(&cloud, &event), expected, "{event}");
    }
    for event in [
        json!({}),
        json!(null),
        json!({ "sweep": false }),
        json!({ "sweep": true, "x": 1 }),
    ] {
        assert!(run(FUNCTION.handle(&cloud, &event)).is_err(), "{event}");
    }
    assert!(cloud.done().is_empty() && cloud.remembered.borrow().is_empty());
}

#[test]
fn a_sweep_deletes_what_has_outlived_its_last_deployment() {
    let for_hours = |branch: &str, hours: &str| {
        let mut stack = environment(branch);
        stack.tags.push((tags::HOURS.to_owned(), hours.to_owned()));
        stack.tags.push((tags::OWNER.to_owned(), "ana".to_owned()));
        stack
    };
    let foreign = Stack {
        name: "production".to_owned(),
        ..for_hours("x", "1")
    };
    let mut cloud = Fake::with([
        for_hours("old", "2"),
        for_hours("young", "3"),
        environment("kept"),
        foreign,
    ]);
    let event = json!({ "sweep": true });
    assert_eq!(
        run(FUNCTION.handle(&cloud, &event)).unwrap(),
        json!({ "deleted": 1 })
    );
    assert_eq!(
        cloud.done(),
        [
            "delete arn:preview-old",
            "Environment expired: `preview-old` of `old` (`ana`) was not deployed for its time.",
        ]
    );
    cloud
        .stacks
        .borrow_mut()
        .insert("preview-old".to_owned(), for_hours("old", "2"));
    cloud.fails = "delete";
    assert!(run(FUNCTION.handle(&cloud, &event)).is_err());
}

#[test]
fn settings_that_cannot_be_are_refused_when_the_function_starts() {
    let good = [
        ("PREFIX", "preview"),
        ("REPOSITORY", "acme/shop"),
        ("PROVIDER", "gitlab"),
    ];
    let read = |name: &'static str, value: Option<&'static str>| {
        Function::from_variables(move |it| match it == name {
            true => value.map(str::to_owned),
            false => good
                .iter()
                .find(|pair| pair.0 == it)
                .map(|pair| pair.1.to_owned()),
        })
    };
    assert_eq!(read("", None).unwrap().provider, Provider::GitLab);
    for (name, value) in [
        ("PREFIX", None),
        ("PREFIX", Some("*")),
        ("REPOSITORY", Some("")),
        ("PROVIDER", Some("GitHub")),
        ("PROVIDER", None),
    ] {
        assert!(read(name, value).is_err(), "{name} {value:?}");
    }
}

#[test]
fn a_delivery_that_the_function_died_on_can_be_sent_again_after_a_while() {
    let cloud = Fake {
        fails: "keep",
        ..Fake::with([environment("feature/search")])
    };
    assert_eq!(status(&cloud, &request("feature/search")), 200);
    assert!(
        cloud
            .remembered
            .borrow()
            .values()
            .all(|it| *it == NOW + AT_WORK)
    );
    assert_eq!(status(&cloud, &request("feature/search")), 409);
    for until in cloud.remembered.borrow_mut().values_mut() {
        *until = NOW - 1;
    }
    assert_eq!(status(&cloud, &request("feature/search")), 200);
}
