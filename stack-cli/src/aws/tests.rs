//! What is decided: with nobody there, with somebody who answers, with somebody who interrupts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stack_deploy::api::ChangeSetKind;
use stack_deploy::drive::{Interrupts, Surroundings};
use stack_deploy::engine::{Decision, Entry, Question, Review, WhyAsked};

use super::ask::Answers;
use super::{Access, Around, Aws, Client, Manner, Place, Places, Voice};
use crate::progress::{Choice, Progress, Settings};
use crate::terminal::{Color, Terminal};

/// Types these lines, one for each question; without any, nobody is there.
struct Typist {
    lines: Mutex<Vec<&'static str>>,
    is_there: bool,
}

impl Answers for Typist {
    fn is_there(&self) -> bool {
        self.is_there
    }

    fn ask(&self, _: &str, _: &Interrupts) -> Option<String> {
        self.lines.lock().unwrap().pop().map(str::to_owned)
    }
}

struct NoAws;

impl Aws for NoAws {
    fn region(&self, _: &Access) -> Result<String, stack_deploy::ApiError> {
        Ok("eu-west-1".to_owned())
    }

    fn client(&self, _: &Access, _: &Place) -> Arc<dyn Client> {
        unreachable!("nothing is called")
    }
}

fn progress(terminal: &Terminal) -> Progress {
    let settings = Settings {
        choice: Choice::default(),
        stacks: Vec::new(),
        hide: Arc::new(str::to_owned),
    };
    Progress::new(settings, *terminal)
}

fn decide(typed: &[&'static str], manner: Manner, questions: &[Question]) -> Vec<Decision> {
    let terminal = Terminal::new(Color::Never, true);
    let voice = Voice::new(&terminal, Vec::new());
    let progress = progress(&terminal);
    let places = Places::of(&NoAws, &Access::default(), []).unwrap();
    let typist = Typist {
        lines: Mutex::new(typed.iter().rev().copied().collect()),
        is_there: !typed.is_empty(),
    };
    let mut around = Around::new(&voice, &progress, &places, &typist);
    around.manner = manner;
    let decide = |it| around.decide("Shop", it);
    questions.iter().map(decide).collect()
}

fn review(old: &str, new: &str, asks: Option<WhyAsked>) -> Question {
    let template = |queue: &str| {
        format!(
            r#"{{"Resources": {{"Jobs": {{"Type": "AWS::SQS::Queue", "Properties": {{"QueueName": "{queue}"}}}}}}}}"#
        )
    };
    Question::Approve(Arc::new(Review {
        stack: "Shop".to_owned(),
        arn: String::new(),
        change_set: String::new(),
        kind: ChangeSetKind::Update,
        status: None,
        changes: Vec::new(),
        incomplete: Vec::new(),
        template: Arc::from(template(new)),
        template_hash: String::new(),
        deployed_template: Some(template(old)),
        parameters: BTreeMap::new(),
        deployed_parameters: BTreeMap::new(),
        capabilities: BTreeSet::new(),
        asks,
        bound: Duration::from_secs(60),
    }))
}

fn no(decision: &Decision) -> &str {
    match decision {
        Decision::No(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_need_not_be_asked_is_approved_and_what_must_waits_for_a_yes() {
    let asked = || review("jobs", "jobs", Some(WhyAsked::AnyChange));
    let not_asked = || review("jobs", "jobs", None);
    let quiet = Manner::default;
    assert_eq!(decide(&[], quiet(), &[not_asked()]), [Decision::Yes]);
    assert_eq!(decide(&[], quiet(), &[asked()]), [Decision::NobodyThere]);
    for yes in ["y", "Y", "yes"] {
        assert_eq!(decide(&[yes], quiet(), &[asked()]), [Decision::Yes]);
    }
    for typed in ["n", "", "yep", "Shop"] {
        let decided = decide(&[typed], quiet(), &[asked()]);
        assert_eq!(no(&decided[0]), "you said no", "{typed}");
    }
}

#[test]
fn data_that_we_see_lost_is_refused_whatever_aws_says_until_a_flag_names_it() {
    let lost = || review("jobs", "work", None);
    let decided = decide(&["y"], Manner::default(), &[lost()]);
    assert!(
        no(&decided[0]).contains("`--accept-data-loss Shop/Jobs`"),
        "{decided:?}"
    );
    let accepts = |id: &str| Manner {
        losses: BTreeMap::from([("Shop".to_owned(), BTreeSet::from([id.to_owned()]))]),
        ..Manner::default()
    };
    assert_eq!(decide(&[], accepts("Jobs"), &[lost()]), [Decision::Yes]);
    assert!(matches!(
        decide(&[], accepts("Other"), &[lost()])[0],
        Decision::No(_)
    ));
}

#[test]
fn a_deletion_takes_the_name_of_the_stack() {
    let destroy = || Question::Destroy {
        stack: "Shop".to_owned(),
        resources: BTreeMap::from([("Jobs".to_owned(), "AWS::SQS::Queue".to_owned())]),
    };
    let quiet = Manner::default;
    assert_eq!(decide(&[], quiet(), &[destroy()]), [Decision::NobodyThere]);
    assert_eq!(decide(&["Shop"], quiet(), &[destroy()]), [Decision::Yes]);
    for typed in ["y", "yes", "shop", "Shop2", ""] {
        let decided = decide(&[typed], quiet(), &[destroy()]);
        assert_eq!(no(&decided[0]), "the stack's name was not typed", "{typed}");
    }
}

#[test]
fn a_dry_run_approves_nothing_and_deletes_nothing() {
    let dry = || Manner {
        dry_run: true,
        ..Manner::default()
    };
    let left = Question::DeleteRolledBack {
        stack: "Shop".to_owned(),
        left: BTreeMap::from([("Jobs".to_owned(), "AWS::SQS::Queue".to_owned())]),
    };
    let decided = decide(&["y", "Shop"], dry(), &[review("jobs", "jobs", None), left]);
    assert_eq!(no(&decided[0]), "it is a dry run");
    assert!(no(&decided[1]).starts_with("it is a dry run"));
}

#[test]
fn an_interrupt_is_asked_about_once_and_leaves_the_operation_when_nobody_answers() {
    let interrupted = |can_cancel| Question::Interrupted {
        stack: "Shop".to_owned(),
        can_cancel,
        can_delete: !can_cancel,
    };
    let (update, creation) = (interrupted(true), interrupted(false));
    let both = [update.clone(), creation.clone()];
    let quiet = Manner::default;
    let cancels = || Manner {
        cancel_on_interrupt: true,
        ..Manner::default()
    };
    use Decision::{Cancel, Detach, KeepWaiting};
    assert_eq!(decide(&[], quiet(), &both), [Detach, Detach]);
    assert_eq!(decide(&["l"], quiet(), &both), [Detach, Detach]);
    // A creation is never cancelled: it is asked about anew.
    assert_eq!(decide(&["c", "c"], quiet(), &both), [Cancel, Detach]);
    assert_eq!(decide(&["w", "l"], quiet(), &both), [KeepWaiting, Detach]);
    assert_eq!(decide(&[], cancels(), &both), [Cancel, Detach]);
}

#[test]
fn a_run_that_began_nothing_does_not_make_the_journal_forget() {
    let folder = std::env::temp_dir().join(format!("journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("journal.jsonl");
    let arguments = super::JournalArguments {
        journal: path.clone(),
    };
    let finished = |exit| Entry::Finished {
        exit,
        stack: None,
        inputs: None,
    };
    let made = Entry::ChangeSetDropped {
        change_set: "c".to_owned(),
    };
    let cases: [(bool, &[Entry], usize); 4] = [
        (false, &[finished(7)], 0),
        (false, &[finished(0)], 1),
        (false, &[made, finished(7)], 2),
        (true, &[finished(3)], 1),
    ];
    for (resumes, entries, written) in cases {
        let _ = std::fs::remove_file(&path);
        let terminal = Terminal::new(Color::Never, true);
        let voice = Voice::new(&terminal, Vec::new());
        let progress = progress(&terminal);
        let places = Places::of(&NoAws, &Access::default(), []).unwrap();
        let typist = Typist {
            lines: Mutex::default(),
            is_there: false,
        };
        let open = arguments.open(super::journal::seed().unwrap()).unwrap();
        let mut around = Around::new(&voice, &progress, &places, &typist);
        around.journal = Some(&open);
        around.manner.resumes = resumes;
        for it in entries {
            around.record("Shop", it).unwrap();
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, written, "{entries:?}");
        // One process has it at a time.
        let second = arguments.open(super::journal::seed().unwrap());
        assert!(second.is_err());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn parameters_of_the_command_line_fit_the_program_or_are_refused_without_being_repeated() {
    use super::parameters::{ParameterArguments, given};
    use clap::{Args, FromArgMatches};
    use stack_core::App;
    use stack_core::prelude::*;
    use stack_deploy::Secret;
    use stack_deploy::api::ParameterValue;

    let mut app = App::new();
    let mut shop = app.stack("Shop");
    shop.parameter("Size", Parameter::string().default("small"));
    shop.parameter("Password", Parameter::secret());
    shop.add("Jobs", Raw::new("AWS::SQS::Queue"));
    app.stack("Other").add("Jobs", Raw::new("AWS::SQS::Queue"));
    let assembly = app.synth().unwrap();
    let selected = BTreeSet::from(["Shop"]);
    let variable = |name: &str| (name == "SECRET").then(|| "canary".to_owned());
    let read = |words: &[&str]| {
        let command =
            ParameterArguments::augment_args(clap::Command::new("x").no_binary_name(true));
        let matches = command.try_get_matches_from(words).unwrap();
        let arguments = ParameterArguments::from_arg_matches(&matches).unwrap();
        given(&arguments, &assembly, &selected, variable)
    };
    let secret = || ParameterValue::Secret(Secret::new("canary"));
    let cases: [(&[&str], &str, ParameterValue); 4] = [
        (
            &["--parameter", "Shop:Size=a=b"],
            "Size",
            ParameterValue::Plain("a=b".to_owned()),
        ),
        (
            &["--parameter", "Shop:Password=canary"],
            "Password",
            secret(),
        ),
        (&["--secret", "Shop:Password=SECRET"], "Password", secret()),
        (&["--secret", "Shop:Size=SECRET"], "Size", secret()),
    ];
    for (words, name, value) in cases {
        let all = read(words).unwrap();
        assert_eq!(all[&("Shop".to_owned(), name.to_owned())], value);
        assert!(!format!("{all:?}").contains("canary"));
    }
    for wrong in [
        ["--parameter", "Shop:Sise=canary"],
        ["--parameter", "Other:Size=canary"],
        ["--parameter", "Nowhere:Size=canary"],
        ["--parameter", "canary"],
        ["--parameter", "Shop=canary"],
        ["--secret", "Shop:Size=canary"],
    ] {
        let stop = read(&wrong).unwrap_err();
        assert!(!format!("{stop:?}").contains("canary"), "{stop:?}");
    }
}
