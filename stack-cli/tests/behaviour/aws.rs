//! What a case of words cannot say of commands that reach AWS: signals, secrets, two at once.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::programs::cloud::CANARY;
use crate::{Work, start, text};

/// Name and test.
pub(crate) const TESTS: [(&str, fn()); 5] = [
    (
        "aws: an_interrupt_leaves_the_operation_and_says_how_to_follow_it",
        an_interrupt_leaves_the_operation_and_says_how_to_follow_it,
    ),
    (
        "aws: a_second_interrupt_ends_the_process_at_once",
        a_second_interrupt_ends_the_process_at_once,
    ),
    (
        "aws: an_earlier_run_is_told_of_and_not_forgotten",
        an_earlier_run_is_told_of_and_not_forgotten,
    ),
    (
        "aws: one_process_has_a_journal_at_a_time",
        one_process_has_a_journal_at_a_time,
    ),
    ("aws: no_secret_is_ever_said", no_secret_is_ever_said),
];

/// A deployment that takes a minute in AWS.
fn slow(work: &Work, more: &[&str]) -> Child {
    start("larger-store")
        .args(["deploy", "--yes"])
        .args(more)
        .env("CLOUD", "deployed:store,slow")
        .current_dir(&work.0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until it watches; what it said until then is left out.
fn until_it_watches(child: &mut Child) -> BufReader<ChildStderr> {
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("UPDATE_IN_PROGRESS") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it never watched");
    }
    said
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// What it says until it ends, and its exit code.
fn end(child: &mut Child, mut said: BufReader<ChildStderr>) -> (String, Option<i32>) {
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    (rest, child.wait().unwrap().code())
}

fn an_interrupt_leaves_the_operation_and_says_how_to_follow_it() {
    for name in ["-INT", "-TERM"] {
        let work = Work::new("aws-interrupt");
        let began = Instant::now();
        let mut child = slow(&work, &[]);
        let said = until_it_watches(&mut child);
        signal(&child, name);
        let (rest, exit) = end(&mut child, said);
        assert_eq!(exit, Some(5), "{rest}");
        assert!(rest.contains("`deploy Store --resume`"), "{rest}");
        assert!(began.elapsed() < Duration::from_secs(50), "it waited");
    }
}

fn a_second_interrupt_ends_the_process_at_once() {
    let work = Work::new("aws-interrupts");
    let mut child = slow(&work, &[]);
    let said = until_it_watches(&mut child);
    signal(&child, "-INT");
    signal(&child, "-INT");
    let (rest, exit) = end(&mut child, said);
    // Two signals that come at once can be one: it then ends as after one.
    assert_eq!(exit, Some(5), "{rest}");
    assert!(rest.contains("--resume`"), "{rest}");
}

fn an_earlier_run_is_told_of_and_not_forgotten() {
    let work = Work::new("aws-resume");
    let mut child = slow(&work, &[]);
    let said = until_it_watches(&mut child);
    signal(&child, "-KILL");
    end(&mut child, said);
    let again = |arguments: &[&str], cloud: &str| -> Output {
        start("larger-store")
            .args(arguments)
            .env("CLOUD", cloud)
            .current_dir(&work.0)
            .output()
            .unwrap()
    };
    // Somebody's operation runs; that it may be ours the journal knows, and goes on knowing.
    for _ in 0..2 {
        let output = again(&["deploy", "--yes"], "deployed:store,busy");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains("warning[not-resumed]"), "{said}");
    }
    let output = again(&["status", "--format", "json"], "deployed:store,busy");
    let status = text(&output.stdout);
    assert!(status.contains("\"left\": \"executing\""), "{status}");
}

fn one_process_has_a_journal_at_a_time() {
    let work = Work::new("aws-journal");
    let mut first = slow(&work, &[]);
    let said = until_it_watches(&mut first);
    let second = slow(&work, &[]).wait_with_output().unwrap();
    let told = text(&second.stderr);
    assert_eq!(second.status.code(), Some(6), "{told}");
    assert!(told.contains("another process is deploying"), "{told}");
    let third = slow(&work, &["--no-wait", "--journal", "other.jsonl"]);
    assert_eq!(third.wait_with_output().unwrap().status.code(), Some(0));
    signal(&first, "-KILL");
    end(&mut first, said);
}

fn no_secret_is_ever_said() {
    let work = Work::new("aws-secrets");
    let given = format!("--parameter=Store:Password={CANARY}");
    let wrong = format!("--parameter=Store:Pasword={CANARY}");
    let secret = "--secret=Store:Password=SECRET";
    let (old, failing) = ("deployed:store", "deployed:store,telling");
    let leaky = "deployed:leaky-store";
    let commands: [(&str, &str, &[&str]); 12] = [
        ("new", "store", &["deploy", "--yes", &given]),
        ("new", "store", &["deploy", "--yes", secret]),
        ("new,fails", "store", &["deploy", "--yes", secret]),
        ("new,telling", "store", &["deploy", "--yes", secret]),
        (failing, "larger-store", &["deploy", "--yes", &given]),
        (old, "larger-store", &["deploy", "--dry-run", &given]),
        (old, "replaced-store", &["deploy", "--yes", &given]),
        ("new", "store", &["deploy", "--yes", &wrong]),
        (leaky, "store", &["diff"]),
        (leaky, "store", &["deploy", "--dry-run", secret]),
        ("deployed:store,drifted", "store", &["drift"]),
        (old, "store", &["outputs", "--format", "json"]),
    ];
    for (cloud, program, arguments) in commands {
        let output = start(program)
            .args(arguments)
            .env("CLOUD", cloud)
            .env("SECRET", CANARY)
            .current_dir(&work.0)
            .output()
            .unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!out.contains(CANARY), "{cloud} {arguments:?}: {out}");
        assert!(!err.contains(CANARY), "{cloud} {arguments:?}: {err}");
        assert!(!out.is_empty() || !err.is_empty());
    }
    let files = work.files();
    assert!(!files.is_empty(), "there is a journal");
    for name in files {
        let text = fs::read_to_string(work.0.join(&name)).unwrap();
        assert!(!text.contains(CANARY), "{name}: {text}");
    }
}
