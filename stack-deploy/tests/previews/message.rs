//! What the channel hears, and what nobody hears.

use std::sync::Mutex;

use stack_core::build::Preview;
use stack_deploy::previews::*;
use stack_deploy::{Secret, Time};

use crate::world::World;

struct Channel {
    answer: Result<u16, String>,
    got: Mutex<Vec<String>>,
}

impl Post for Channel {
    fn post(&self, address: &Secret, body: &str) -> Result<u16, String> {
        assert!(address.expose().starts_with("http"));
        self.got.lock().expect("it").push(body.to_owned());
        self.answer.clone()
    }
}

fn channel(answer: Result<u16, String>) -> Channel {
    Channel {
        answer,
        got: Mutex::new(Vec::new()),
    }
}

fn texts(message: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(message).expect("JSON");
    let section = json["blocks"][0]["text"]["text"].as_str().expect("text");
    let facts = json["blocks"][1]["elements"][0]["text"]
        .as_str()
        .unwrap_or_default();
    format!("{section}\n{facts}")
}

#[test]
fn an_environment_that_is_up_is_told_with_address_image_owner_seconds_and_end() {
    let world = World::new();
    let mut up = world.up(&Preview::of("feature/search")
        .image("3f2504e0")
        .owner("ana")
        .hours(48));
    up.seconds = Some(62);
    up.expires = Some(Time(1_764_662_400_000));
    let text = texts(&up_message(&up).expect("a message"));
    assert_eq!(
        text,
        ":white_check_mark: `feature/search` is up\n\
         <https://feature-search-3d35b82b16.preview.shop-dev.example>\n\
         image `3f2504e0` · for `ana` · 62 s · until 2025-12-02 08:00 UTC"
    );
    // Nothing happened: nobody is told.
    let again = world.up(&Preview::of("feature/search").image("3f2504e0"));
    assert_eq!(up_message(&again), None);
}

#[test]
fn a_failure_is_told_with_its_diagnosis() {
    let world = World::new();
    world.state().fate.creations.push((
        "AWS::ECS::Service",
        "essential container <app> exited & died",
    ));
    let up = world.up(&Preview::of("x").image("c1"));
    let text = texts(&up_message(&up).expect("a message"));
    assert!(text.starts_with(":x: `x` failed: "), "{text}");
    assert!(
        text.contains(
            "• WebService (AWS::ECS::Service): essential container &lt;app&gt; exited &amp; died"
        ),
        "{text}"
    );
    assert!(!text.contains("https://"), "{text}");
}

#[test]
fn nothing_in_a_message_is_a_link_or_a_mention_that_we_did_not_make() {
    let world = World::new();
    let mut up = world.up(&Preview::of("x").image("c1"));
    up.url = None;
    for hostile in [
        "<!channel>",
        "<@U1>",
        "a`*b*`",
        "<https://evil.example|x>",
        "a\u{202e}b",
        "a&lt;b",
        "\u{1b}[31m",
        &"x".repeat(5_000),
    ] {
        up.branch = hostile.to_owned();
        up.owner = Some(hostile.to_owned());
        for end in [UpEnd::Live, UpEnd::Failed(hostile.to_owned())] {
            up.end = end;
            up.diagnosis = vec![hostile.to_owned(); 50];
            let message = up_message(&up).expect("a message");
            let text = texts(&message);
            assert!(!text.contains(['<', '>', '\u{202e}', '\u{1b}']), "{text}");
            assert!(text.chars().count() < 5_000);
            let code = text.lines().next().expect("one").matches('`').count();
            assert!(code >= 2, "{text}");
        }
    }
    assert_eq!(escape("a & b <c>"), "a &amp; b &lt;c&gt;");
}

#[test]
fn a_message_that_is_not_sent_is_said_without_its_address() {
    let address = Secret::new("https://hooks.slack.example/services/T0/B0/canary");
    assert_eq!(notify(&channel(Ok(200)), &address, "{}"), Ok(()));
    for answer in [
        Ok(404),
        Ok(302),
        Err("cannot reach https://hooks.slack.example/services/T0/B0/canary".to_owned()),
    ] {
        let why = notify(&channel(answer), &address, "{}").expect_err("an error");
        assert!(!why.contains("canary"), "{why}");
    }
    for other in [
        "",
        "ftp://x",
        "http://hooks.slack.example/x",
        "https://",
        "https://a b",
        "file:///etc/passwd",
        "https://x\r\ny",
    ] {
        let quiet = channel(Ok(200));
        assert!(
            notify(&quiet, &Secret::new(other), "{}").is_err(),
            "{other}"
        );
        assert!(quiet.got.lock().expect("it").is_empty());
    }
    assert_eq!(format!("{address:?}"), "Secret(…)");
}

#[test]
fn dates_are_those_of_the_calendar() {
    for (seconds, expected) in [
        (0, "1970-01-01 00:00 UTC"),
        (951_782_400, "2000-02-29 00:00 UTC"),
        (951_868_799, "2000-02-29 23:59 UTC"),
        (951_868_800, "2000-03-01 00:00 UTC"),
        (1_709_164_800, "2024-02-29 00:00 UTC"),
        (1_735_689_599, "2024-12-31 23:59 UTC"),
        (4_107_542_400, "2100-03-01 00:00 UTC"),
    ] {
        assert_eq!(date(Time(seconds * 1_000)), expected);
    }
}
