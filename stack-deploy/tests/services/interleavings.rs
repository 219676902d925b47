//! Two promotions at once: every order in which their calls can come.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use stack_deploy::ecr::Digest;
use stack_deploy::history::{History, Ledger, Record, State};
use stack_deploy::images::{Promoted, PromotionPlan, promote};
use stack_deploy::services::Stopped;

use crate::cloud::Cloud;
use crate::histories::Shared;
use crate::shop::*;

/// Lets one of two go at a time, in an order that is given; after its end the one that is there
/// goes first.
struct Turns {
    state: Mutex<Round>,
    bell: Condvar,
}

#[derive(Default)]
struct Round {
    order: Vec<usize>,
    /// Where each decision had a choice.
    taken: Vec<(usize, bool)>,
    waiting: [bool; 2],
    done: [bool; 2],
    turn: Option<usize>,
}

impl Turns {
    fn new(order: Vec<usize>) -> Turns {
        Turns {
            state: Mutex::new(Round {
                order,
                ..Round::default()
            }),
            bell: Condvar::new(),
        }
    }

    /// Before a call: waits for its turn.
    fn take(&self, who: usize) {
        let mut round = self.state.lock().unwrap();
        round.waiting[who] = true;
        if round.turn == Some(who) {
            round.turn = None;
        }
        self.choose(&mut round);
        while round.turn != Some(who) {
            round = self.bell.wait(round).unwrap();
        }
        round.waiting[who] = false;
    }

    fn end(&self, who: usize) {
        let mut round = self.state.lock().unwrap();
        round.done[who] = true;
        if round.turn == Some(who) {
            round.turn = None;
        }
        self.choose(&mut round);
    }

    /// Whose turn it is, when everybody who is not done waits.
    fn choose(&self, round: &mut Round) {
        let is_ready = (0..2).all(|it| round.waiting[it] || round.done[it]);
        if round.turn.is_some() || !is_ready {
            return;
        }
        let can: Vec<usize> = (0..2).filter(|it| round.waiting[*it]).collect();
        let Some(first) = can.first() else {
            return;
        };
        let wanted = round.order.get(round.taken.len()).copied();
        let turn = wanted.filter(|it| can.contains(it)).unwrap_or(*first);
        round.taken.push((turn, can.len() > 1));
        round.turn = Some(turn);
        self.bell.notify_all();
    }
}

/// A history whose calls take turns.
struct Slow<'a> {
    inner: &'a Shared,
    turns: &'a Turns,
    who: usize,
}

impl History for Slow<'_> {
    fn read(&self, environment: &str, service: &str, last: usize) -> Result<Vec<Record>, String> {
        self.turns.take(self.who);
        self.inner.read(environment, service, last)
    }
    fn all(&self) -> Result<Vec<Record>, String> {
        self.inner.all()
    }
    fn add(&self, record: &Record) -> Result<bool, String> {
        self.turns.take(self.who);
        self.inner.add(record)
    }
}

struct End {
    results: [Result<Promoted, Stopped>; 2],
    names: Option<Digest>,
    /// What the tag named, in order.
    moves: Vec<Digest>,
    /// By whom, in the history.
    records: Vec<Record>,
}

/// Two promote different images to staging, from the same plan's point of view.
fn play(order: &[usize], with_history: bool) -> (End, Vec<(usize, bool)>) {
    let cloud = shop();
    let shared = Shared::default();
    let plans: [PromotionPlan; 2] = ["new", "older"].map(|it| {
        let it = stack_deploy::images::Promotion {
            digest: Some(image(it).digest),
            ..promotion("dev", "staging")
        };
        plan(&cloud, &it).unwrap()
    });
    let turns = Arc::new(Turns::new(order.to_vec()));
    let results = thread::scope(|scope| {
        let run = |who: usize| {
            let (turns, plan, shared) = (turns.clone(), &plans[who], &shared);
            let gate = turns.clone();
            let cloud: Cloud = cloud.with_gate(move |call| {
                if !call.is_after && matches!(call.name, "image" | "put") {
                    gate.take(who);
                }
                None
            });
            scope.spawn(move || {
                let slow = Slow {
                    inner: shared,
                    turns: &turns,
                    who,
                };
                let history = with_history.then_some(&slow as &dyn History);
                let run = format!("run-{who}");
                let result = promote(&cloud, plan, &Ledger::new(history, &cloud, &run));
                turns.end(who);
                result
            })
        };
        let (first, second) = (run(0), run(1));
        [first.join().unwrap(), second.join().unwrap()]
    });
    let taken = turns.state.lock().unwrap().taken.clone();
    let data = cloud.data();
    let shelf = &data.repositories[&repository()];
    let end = End {
        results,
        names: shelf.tags.get("staging").cloned(),
        moves: shelf.moves.iter().map(|it| it.1.clone()).collect(),
        records: shared.all().unwrap(),
    };
    (end, taken)
}

/// Plays every order; how many there are.
fn all_orders(with_history: bool, check: impl Fn(&End, &[usize])) -> usize {
    let mut order: Vec<usize> = Vec::new();
    let mut count = 0;
    loop {
        let (end, taken) = play(&order, with_history);
        count += 1;
        let played: Vec<usize> = taken.iter().map(|it| it.0).collect();
        check(&end, &played);
        // The last decision that could have been the other one.
        let last = taken
            .iter()
            .rposition(|(turn, choice)| *choice && *turn == 0);
        let Some(last) = last else {
            return count;
        };
        order = played[..last].to_vec();
        order.push(1);
    }
}

#[test]
fn with_a_shared_history_one_of_two_promotions_moves_the_tag_and_the_other_says_so() {
    let count = all_orders(true, |end, order| {
        let done: Vec<usize> = (0..2).filter(|it| end.results[*it].is_ok()).collect();
        assert_eq!(done.len(), 1, "{order:?} {:?}", end.results);
        let digest = end.results[done[0]].as_ref().unwrap().digest.clone();
        assert_eq!(end.moves, std::slice::from_ref(&digest), "{order:?}");
        assert_eq!(end.names, Some(digest), "{order:?}");
        let other = end.results[1 - done[0]].as_ref().unwrap_err();
        assert_eq!(other.exit.code(), 7, "{other}");
        let numbers: Vec<u64> = end.records.iter().map(|it| it.number).collect();
        let expected: Vec<u64> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected, "{order:?}");
        let of = |state| end.records.iter().filter(|it| it.state == state).count();
        assert_eq!(of(State::Done), 1);
    });
    assert!(count > 50, "{count}");
}

#[test]
fn without_one_no_promotion_is_called_done_whose_tag_was_taken_before_it_looked_again() {
    let ends: Mutex<BTreeMap<(bool, bool), usize>> = Mutex::default();
    let count = all_orders(false, |end, order| {
        // The tag names what was put last, and that one knows it.
        assert_eq!(end.names.as_ref(), end.moves.last(), "{order:?}");
        let done: Vec<&Digest> = end.results.iter().flatten().map(|it| &it.digest).collect();
        assert!(
            done.contains(&end.names.as_ref().unwrap()),
            "{order:?} {:?}",
            end.results
        );
        // Who is not done did not move the tag, or says that somebody moved it on.
        for (who, result) in end.results.iter().enumerate() {
            let digest = image(["new", "older"][who]).digest;
            match result {
                Ok(_) => assert!(end.moves.contains(&digest), "{order:?}"),
                Err(stopped) => {
                    assert_eq!((stopped.exit.code(), stopped.code), (7, "overtaken"));
                    assert_ne!(end.names, Some(digest));
                }
            }
        }
        let key = (end.results[0].is_ok(), end.results[1].is_ok());
        *ends.lock().unwrap().entry(key).or_default() += 1;
    });
    let ends = ends.into_inner().unwrap();
    assert_eq!(ends.values().sum::<usize>(), count);
    // The window that ECR leaves: both looked, and each put and saw its own.
    assert!(
        ends[&(true, true)] < ends[&(true, false)] + ends[&(false, true)],
        "{ends:?}"
    );
}
