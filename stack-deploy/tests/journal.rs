//! The journal on a disk, and a driver that waits.

#![allow(clippy::expect_used)]

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use stack_deploy::api::{Identity, Response};
use stack_deploy::drive::{Interrupts, Surroundings, drive};
use stack_deploy::engine::*;
use stack_deploy::journal::{Journal, JournalFile};
use stack_deploy::{ApiError, CloudFormation, Request, Time};

const RUN: Seed = Seed([7; 16]);

fn place(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{name}.jsonl"));
    let _ = fs::remove_file(&path);
    path
}

fn dropped(name: &str) -> Entry {
    Entry::ChangeSetDropped {
        change_set: name.to_owned(),
    }
}

#[test]
fn what_was_written_is_read_even_after_a_torn_line() {
    let path = place("torn");
    let (file, journal) = JournalFile::open(&path, RUN).expect("a new journal");
    assert!(journal.lines.is_empty());
    file.append(Time(1), "Shop", &dropped("a"))
        .expect("written");
    drop(file);
    let whole = fs::read_to_string(&path).expect("text");
    // Dying at any byte of the second line leaves the first.
    let line = Journal::read(&whole).expect("whole").lines[0]
        .to_text()
        .expect("text");
    for end in 1..line.len() {
        fs::write(&path, format!("{whole}{}", &line[..end])).expect("written");
        let (file, journal) = JournalFile::open(&path, RUN).expect("a torn journal");
        assert_eq!((journal.lines.len(), journal.torn), (1, true));
        file.append(Time(2), "Shop", &dropped("b"))
            .expect("written");
        drop(file);
        let text = fs::read_to_string(&path).expect("text");
        let journal = Journal::read(&text).expect("whole again");
        assert_eq!((journal.lines.len(), journal.torn), (2, false));
    }
}

#[test]
fn a_line_that_is_no_entry_is_an_error_with_its_number() {
    let error = Journal::read("{}\n").expect_err("no entry");
    assert_eq!(error.line, 1);
    let later =
        r#"{"v":2,"run":"a","time":0,"stack":"S","what":"change-set-dropped","change_set":"x"}"#;
    let error = Journal::read(&format!("{later}\n")).expect_err("a newer version");
    assert_eq!(
        error.to_string(),
        "line 1 of the journal: version 2 is not known here"
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_and_only_one_process_writes_it() {
    use std::os::unix::fs::PermissionsExt;
    let path = place("alone");
    let (_file, _) = JournalFile::open(&path, RUN).expect("a journal");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(JournalFile::open(&path, RUN).is_err());
}

struct Quiet {
    recorded: Mutex<Vec<Entry>>,
}

impl Surroundings for Quiet {
    fn now(&self) -> Time {
        Time(1_800_000_000_000)
    }
    fn record(&self, _: &str, entry: &Entry) -> Result<(), String> {
        self.recorded.lock().expect("alone").push(entry.clone());
        Ok(())
    }
    fn decide(&self, _: &str, _: &Question) -> Decision {
        Decision::NobodyThere
    }
    fn show(&self, _: &str, _: &Notice) {}
}

/// Knows nothing but who we are.
struct Empty;

impl CloudFormation for Empty {
    fn call(&self, request: &Request) -> Result<Response, ApiError> {
        match request {
            Request::GetCallerIdentity => Ok(Response::Identity(Identity {
                account: "111122223333".to_owned(),
                arn: "arn:aws:iam::111122223333:user/x".to_owned(),
                server_time: None,
                advice: None,
            })),
            Request::DescribeStack { stack } => Err(ApiError::answered(
                "ValidationError",
                400,
                &format!("Stack with id {stack} does not exist"),
            )),
            _ => Err(ApiError::answered("AccessDenied", 403, "no")),
        }
    }
}

#[test]
fn a_driver_runs_an_operation_to_its_end() {
    let around = Quiet {
        recorded: Mutex::new(Vec::new()),
    };
    let plan = DeployPlan::new("Shop", "eu-west-1", r#"{"Resources":{}}"#);
    let engine = Engine::deploy(plan, RUN, Memory::Nothing, Pace::default());
    let outcome = drive(engine, "Shop", &Empty, &around, &Interrupts::default());
    assert_eq!(outcome.end.exit(), Exit::Refused);
    let recorded = around.recorded.lock().expect("alone");
    let whats: Vec<bool> = recorded
        .iter()
        .map(|it| matches!(it, Entry::Finished { exit: 6, .. }))
        .collect();
    assert_eq!(whats, [false, true]);
}

#[test]
fn several_stacks_are_driven_side_by_side() {
    let around = Quiet {
        recorded: Mutex::new(Vec::new()),
    };
    let plan = |name: &str| DeployPlan::new(name, "eu-west-1", r#"{"Resources":{}}"#);
    let none = Default::default();
    let run = Run::deploy(vec![plan("A"), plan("B")], Vec::new(), &none, RUN).expect("a run");
    let run = stack_deploy::drive::drive_all(run, |_| Empty, &around, &Interrupts::default());
    assert!(run.is_over());
    assert_eq!(run.exit(), Exit::Refused);
}

#[test]
fn a_sleeper_wakes_when_the_user_interrupts() {
    /// Never reachable: every call is made again after a while.
    struct Away;
    impl CloudFormation for Away {
        fn call(&self, _: &Request) -> Result<Response, ApiError> {
            Err(ApiError::no_answer("no network"))
        }
    }
    let around = Quiet {
        recorded: Mutex::new(Vec::new()),
    };
    let interrupts = Interrupts::default();
    let plan = DeployPlan::new("Shop", "eu-west-1", r#"{"Resources":{}}"#);
    let engine = Engine::deploy(plan, RUN, Memory::Nothing, Pace::default());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            interrupts.interrupt();
        });
        let outcome = drive(engine, "Shop", &Away, &around, &interrupts);
        assert_eq!(outcome.end, End::Interrupted);
    });
}
