//! The history: only added to, by several at once, and read back as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use stack_deploy::api::ApiError;
use stack_deploy::history::{
    FileHistory, History, Ledger, ObjectHistory, Objects, Operation, Record, State,
};
use stack_deploy::services::Clock;

use crate::shop::*;

/// Records that several share, in memory.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Vec<Record>>);

impl History for Shared {
    fn read(&self, environment: &str, service: &str, last: usize) -> Result<Vec<Record>, String> {
        let mut all = self.all()?;
        all.retain(|it| it.environment == environment && it.service == service);
        Ok(all.split_off(all.len().saturating_sub(last)))
    }
    fn all(&self) -> Result<Vec<Record>, String> {
        Ok(self.0.lock().unwrap().clone())
    }
    fn add(&self, record: &Record) -> Result<bool, String> {
        let mut all = self.0.lock().unwrap();
        let is_taken = all.iter().any(|it| {
            (&it.environment, &it.service, it.number)
                == (&record.environment, &record.service, record.number)
        });
        if !is_taken {
            all.push(record.clone());
        }
        Ok(!is_taken)
    }
}

/// Objects in memory; the `n`th call that writes fails after it was done.
#[derive(Default)]
struct Bucket {
    objects: Mutex<BTreeMap<String, String>>,
    writes: AtomicUsize,
    lost: Option<usize>,
}

impl Objects for &Bucket {
    fn add(&self, key: &str, body: &str) -> Result<bool, ApiError> {
        let mut objects = self.objects.lock().unwrap();
        let is_new = !objects.contains_key(key);
        if is_new {
            objects.insert(key.to_owned(), body.to_owned());
        }
        match self.lost == Some(self.writes.fetch_add(1, Ordering::SeqCst)) {
            true => Err(ApiError::no_answer("connection reset")),
            false => Ok(is_new),
        }
    }
    fn list(&self, prefix: &str) -> Result<Vec<String>, ApiError> {
        let objects = self.objects.lock().unwrap();
        Ok(objects
            .keys()
            .filter(|it| it.starts_with(prefix))
            .cloned()
            .collect())
    }
    fn get(&self, key: &str) -> Result<Option<String>, ApiError> {
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }
}

fn record(number: u64) -> Record {
    let mut record = Record::new("prod", "Api", Operation::Rollout, noon());
    record.number = number;
    record.run = run();
    record
}

fn file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("history-{}-{name}.jsonl", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_number_is_written_once_whoever_is_first() {
    let path = file("once");
    let bucket = Bucket::default();
    let kinds: [&dyn History; 3] = [
        &FileHistory::new(&path),
        &ObjectHistory::new(&bucket, "history/"),
        &Shared::default(),
    ];
    for history in kinds {
        let (first, second) = (record(1), record(1));
        assert_eq!(history.add(&first), Ok(true));
        assert_eq!(history.add(&second), Ok(false));
        assert_eq!(history.all(), Ok(vec![first]));
    }
    assert_eq!(
        bucket.objects.lock().unwrap().keys().collect::<Vec<_>>(),
        ["history/prod/Api/00000001.json"]
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn several_who_add_at_once_lose_nothing() {
    let path = file("at-once");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                // Each opens the file for itself, as another process would.
                let history = FileHistory::new(&path);
                for _ in 0..10 {
                    let mut mine = record(1);
                    while !history.add(&mine).unwrap() {
                        mine.number += 1;
                    }
                }
            });
        }
    });
    let all = FileHistory::new(&path).all().unwrap();
    let numbers: Vec<u64> = all.iter().map(|it| it.number).collect();
    assert_eq!(numbers, (1..=80).collect::<Vec<u64>>());
    let runs: std::collections::BTreeSet<&str> = all.iter().map(|it| it.run.as_str()).collect();
    assert_eq!(runs.len(), 80);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_write_whose_answer_is_lost_is_known_by_what_is_there() {
    for (there, added) in [(None, Ok(true)), (Some(record(1)), Ok(false))] {
        let bucket = Bucket {
            lost: Some(0),
            ..Bucket::default()
        };
        if let Some(it) = &there {
            let key = "prod/Api/00000001.json".to_owned();
            bucket.objects.lock().unwrap().insert(key, it.line());
        }
        let history = ObjectHistory::new(&bucket, "");
        assert_eq!(history.add(&record(1)), added);
        assert_eq!(history.all().unwrap().len(), 1);
    }
}

#[test]
fn half_a_line_of_who_was_killed_is_left_out_and_a_wrong_one_told() {
    let path = file("torn");
    let history = FileHistory::new(&path);
    let (first, second) = (record(1), record(2));
    history.add(&first).unwrap();
    fs::write(&path, format!("{}{}", first.line(), &second.line()[..40])).unwrap();
    assert_eq!(history.all(), Ok(vec![first.clone()]));
    assert_eq!(history.add(&second), Ok(true));
    assert_eq!(history.all(), Ok(vec![first.clone(), second.clone()]));
    fs::write(&path, first.line().replace("history.v1", "history.v2")).unwrap();
    let error = history.add(&second).unwrap_err();
    assert!(
        error.contains("line 1") && error.contains("`stack/history.v2` is not known here"),
        "{error}"
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn a_record_is_one_line_that_others_can_read() {
    let mut it = record(7);
    it.run = "run".to_owned();
    it.actor = "arn:aws:iam::1:role/x\n".to_owned();
    it.state = State::Failed;
    it.failure = Some("a\nb".to_owned());
    assert_eq!(
        it.line(),
        "{\"schema\":\"stack/history.v1\",\"environment\":\"prod\",\"service\":\"Api\",\"number\":7,\"run\":\"run\",\"operation\":\"rollout\",\"state\":\"failed\",\"when\":\"2026-11-21T12:00:00Z\",\"actor\":\"arn:aws:iam::1:role/x\\n\",\"digest\":null,\"previous\":null,\"failure\":\"a\\nb\"}\n"
    );
    assert_eq!(Record::read(&it.line()), Ok(it));
}

#[test]
fn who_begins_while_another_one_is_at_it_is_refused_until_that_ends_or_its_bound_is_over() {
    let cloud = shop();
    let shared = Shared::default();
    let mine = Ledger::new(Some(&shared), &cloud, "mine");
    let theirs = Ledger::new(Some(&shared), &cloud, "theirs");
    let begin = |ledger: &Ledger<'_>| {
        let record = Record::new("prod", "Api", Operation::Promote, now(&cloud));
        ledger.begin(record, Duration::from_secs(300))
    };
    let claim = begin(&theirs).unwrap();
    let stopped = begin(&mine).unwrap_err();
    assert_eq!((stopped.exit.code(), stopped.code), (7, "at-it"));
    assert!(
        stopped
            .help
            .unwrap()
            .ends_with("it hinders nobody after 2026-11-21T12:05:00Z")
    );
    assert_eq!(theirs.end(&claim, |it| it.state = State::Done), None);
    let claim = begin(&mine).unwrap();
    assert_eq!(claim.abandoned, None);
    // Who died says no end.
    cloud.sleep(Duration::from_secs(301));
    let claim = begin(&theirs).unwrap();
    assert_eq!(claim.abandoned.unwrap().run, "mine");
}

#[test]
fn a_promotion_stands_in_the_history_with_who_and_why() {
    let cloud = shop();
    let shared = Shared::default();
    let forced = stack_deploy::images::Promotion {
        force: Some("staging burns".to_owned()),
        ..promotion("dev", "prod")
    };
    promoted(&cloud, &forced, Some(&shared)).unwrap();
    let all = shared.all().unwrap();
    let states: Vec<State> = all.iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Begun, State::Done]);
    let last = &all[1];
    assert_eq!(last.actor, "arn:aws:iam::111122223333:role/deployer");
    assert_eq!(last.reason.as_deref(), Some("staging burns"));
    assert_eq!(last.from.as_deref(), Some("dev"));
    assert_eq!(last.digest, Some(image("new").digest));
    assert_eq!(last.previous, Some(image("older").digest));
    assert_eq!(last.tags, ["prod", "prod-20261121120000-bbbbbb2"]);
    assert_eq!(last.commit.as_deref(), Some("bbbbbb2"));
}

#[test]
fn nothing_is_promoted_when_it_cannot_be_recorded() {
    struct Broken;
    impl History for Broken {
        fn read(&self, _: &str, _: &str, _: usize) -> Result<Vec<Record>, String> {
            Err("the disk is gone".to_owned())
        }
        fn all(&self) -> Result<Vec<Record>, String> {
            Err("the disk is gone".to_owned())
        }
        fn add(&self, _: &Record) -> Result<bool, String> {
            Err("the disk is gone".to_owned())
        }
    }
    let cloud = shop();
    let stopped = promoted(&cloud, &promotion("dev", "staging"), Some(&Broken)).unwrap_err();
    assert_eq!(
        stopped.message,
        "nothing is begun without a record of it: the disk is gone"
    );
    assert_eq!(cloud.data().changes, [""; 0]);
}
