//! Environments of branches in the emulator, by our program as a user types it: up in every way,
//! listed, extended, swept, down; and a channel that hears of it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::aws::Caller;
use super::own::{Program, run};
use super::server::Server;

/// Where the base of the example is.
const ACCOUNT: &str = "222233334444";

/// What is typed, the exit code, and what is said: `!` before what must not be.
type Step = (&'static [&'static str], i32, &'static [&'static str]);

const STEPS: &[Step] = &[
    (&["preview", "list"], 0, &["there are no environments"]),
    // Without its base it has nowhere to go.
    (
        &["preview", "up", "feature/x", "--image", "c1"],
        6,
        &["`PreviewBase`"],
    ),
    (&["deploy", "PreviewBase", "--yes"], 0, &[]),
    (
        &["preview", "up", "feature/x", "--image", "c1", "--dry-run"],
        0,
        &["create", "s predicted"],
    ),
    (&["preview", "list"], 0, &["there are no environments"]),
    (
        &[
            "preview",
            "up",
            "feature/x",
            "--image",
            "c1",
            "--owner",
            "ana",
            "--hours",
            "48",
        ],
        0,
        &["c1 runs · create in", "for ana", "https://feature-x-"],
    ),
    (
        &["preview", "up", "feature/x", "--image", "c1"],
        0,
        &["it is as it was to be"],
    ),
    (
        &["preview", "up", "feature/x", "--image", "c2"],
        0,
        &[
            "image `c2` to the service",
            "c2 runs · image-only in",
            "!goes through the stack",
        ],
    ),
    (
        &[
            "preview",
            "up",
            "feature/x",
            "--image",
            "c3",
            "--memory",
            "512",
        ],
        0,
        &["c3 runs · update in"],
    ),
    (
        &["preview", "list"],
        0,
        &[
            "BRANCH",
            "feature/x",
            "https://feature-x-",
            "c3",
            "ana",
            "running",
        ],
    ),
    (
        &["preview", "list", "--format", "json"],
        0,
        &["\"stack/preview-list.v1\"", "\"image\": \"c3\""],
    ),
    (
        &["preview", "extend", "feature/x", "--hours", "100"],
        0,
        &["goes in 4 d"],
    ),
    (
        &["preview", "extend", "feature/x", "--pin"],
        0,
        &["goes with its branch"],
    ),
    (
        &["preview", "open", "feature/x"],
        0,
        &["https://feature-x-"],
    ),
    (
        &["preview", "open", "other"],
        6,
        &["`preview up` makes one"],
    ),
    (
        &[
            "preview",
            "up",
            "$(reboot);é",
            "--image",
            "c1",
            "--hours",
            "1",
        ],
        0,
        &["https://reboot-"],
    ),
    (
        &["preview", "up", "a b", "--image", "c1"],
        6,
        &["is no branch"],
    ),
    (
        &["preview", "up", "feature/x", "--image", "{{resolve:ssm:x}}"],
        6,
        &["neither a tag nor a digest"],
    ),
    (&["preview", "up", "main", "--image", "m1"], 0, &["m1 runs"]),
    (&["preview", "down", "main"], 6, &["is protected"]),
    (&["preview", "sweep"], 0, &["0 swept, 3 environments kept"]),
    (
        &["preview", "sweep", "--branches", "empty"],
        2,
        &["has no branch"],
    ),
    (
        &["preview", "sweep", "--git", "ext::sh -c true"],
        2,
        &["no remote"],
    ),
    (
        &["preview", "sweep", "--branches", "branches", "--dry-run"],
        0,
        &["would go", "branch-gone", "1 would go, 2 environments kept"],
    ),
    (
        &["preview", "sweep", "--branches", "branches"],
        0,
        &["is gone", "1 swept, 2 environments kept"],
    ),
    (&["preview", "down", "feature/x"], 0, &["is gone after"]),
    (
        &["preview", "down", "feature/x"],
        0,
        &["there is no environment"],
    ),
    (
        &["preview", "down", "main", "--protected", "main"],
        0,
        &["is gone after"],
    ),
    (&["preview", "list"], 0, &["there are no environments"]),
];

/// What the channel is to hear, in this order.
const HEARD: [&str; 4] = ["is up", "is updated", "is down", "was refused"];

/// A secret in the channel's address.
const CANARY: &str = "canary-5d1c";

/// The way of the environments: how many commands, and how long.
pub(super) fn journey(folder: &Path, program: &Program) -> Result<(usize, Duration), String> {
    let start = Instant::now();
    let server = Server::start(folder, false)?;
    let wrong = |why: std::io::Error| format!("{}: {why}", folder.display());
    fs::write(folder.join("branches"), "main\nrefs/heads/feature/x\n").map_err(wrong)?;
    fs::write(folder.join("empty"), "# nothing\n").map_err(wrong)?;
    let (address, heard) = channel()?;
    let caller = Caller::account(ACCOUNT, "eu-west-1");
    for (words, code, expected) in STEPS {
        let mut command = program.command(&server, &caller, folder);
        command.args(*words).env("SLACK_WEBHOOK_URL", &address);
        let what = words.join(" ");
        let said = run(&mut command)?.ended(*code, &what)?;
        for it in *expected {
            let is_said = match it.strip_prefix('!') {
                Some(it) => !said.contains(it),
                None => said.contains(it),
            };
            if !is_said {
                return Err(format!("`{what}` is to say `{it}`, and says:\n{said}"));
            }
        }
        if said.contains(CANARY) {
            return Err(format!("`{what}` says the address of the channel:\n{said}"));
        }
    }
    let told: Vec<String> = heard.try_iter().collect();
    for it in HEARD {
        if !told.iter().any(|message| message.contains(it)) {
            return Err(format!(
                "the channel is to hear that something {it}, and hears {told:#?}"
            ));
        }
    }
    Ok((STEPS.len(), start.elapsed()))
}

/// A channel that takes every message.
fn channel() -> Result<(String, mpsc::Receiver<String>), String> {
    let wrong = |why: std::io::Error| format!("no channel: {why}");
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    let port = listener.local_addr().map_err(wrong)?.port();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let mut text = Vec::new();
            let mut part = [0; 4_096];
            // The body has as many bytes as the head says.
            while let Ok(count @ 1..) = stream.read(&mut part) {
                text.extend_from_slice(&part[..count]);
                let all = String::from_utf8_lossy(&text).to_lowercase();
                let Some((head, body)) = all.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head
                    .lines()
                    .find_map(|it| it.strip_prefix("content-length:"));
                let length = length.and_then(|it| it.trim().parse::<usize>().ok());
                if length.is_none_or(|it| body.len() >= it) {
                    break;
                }
            }
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            if send
                .send(String::from_utf8_lossy(&text).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
    Ok((
        format!("http://127.0.0.1:{port}/services/{CANARY}"),
        receive,
    ))
}
