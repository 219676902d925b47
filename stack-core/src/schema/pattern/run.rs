//! Matching: backtracking over an explicit stack, with a bound on the steps.

use std::cell::RefCell;

use super::compile::{How, Program, Step};
use super::set::Set;

/// Something to go back to.
#[derive(Clone, Copy)]
enum Saved {
    /// Another way.
    Way { step: u32, at: usize },
    /// What a loop's counter was.
    Counter { counter: u16, was: Counter },
    /// Characters that can be given back, down to a place.
    Fewer { step: u32, at: usize, least: usize },
    /// Characters that can be taken beyond these.
    More { step: u32, at: usize, left: u32 },
}

#[derive(Clone, Copy, Default)]
struct Counter {
    count: u32,
    /// Where the last round began.
    at: usize,
}

/// Kept from match to match, so that matching allocates nothing.
#[derive(Default)]
struct Memory {
    saved: Vec<Saved>,
    counters: Vec<Counter>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Whether the pattern matches somewhere; `None` when the steps run out.
pub(super) fn search(program: &Program, text: &str, steps: u32) -> Option<bool> {
    MEMORY.with(|memory| {
        let mut memory = memory.try_borrow_mut().ok()?;
        memory.counters.clear();
        memory.counters.resize(program.loops, Counter::default());
        let mut run = Run {
            program,
            text,
            steps,
            memory: &mut memory,
        };
        let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        if program.anchored {
            return run.matches(0, 0);
        }
        starts
            .find_map(|at| match run.matches(0, at) {
                Some(false) => None,
                found => Some(found),
            })
            .unwrap_or(Some(false))
    })
}

struct Run<'a> {
    program: &'a Program,
    text: &'a str,
    steps: u32,
    memory: &'a mut Memory,
}

impl Run<'_> {
    /// Whether the steps from one on match the text from a place on.
    fn matches(&mut self, step: u32, at: usize) -> Option<bool> {
        let base = self.memory.saved.len();
        let found = self.go(step, at, base);
        self.memory.saved.truncate(base);
        found
    }

    fn pay(&mut self, steps: usize) -> Option<()> {
        self.steps = self.steps.checked_sub(steps as u32)?;
        Some(())
    }

    fn go(&mut self, mut step: u32, mut at: usize, base: usize) -> Option<bool> {
        let program = self.program;
        loop {
            self.pay(1)?;
            let mut fits = true;
            let mut next = step + 1;
            match program.steps.get(step as usize).copied() {
                None | Some(Step::Done) => return Some(true),
                Some(Step::Take {
                    set,
                    least,
                    most,
                    how,
                }) => {
                    let set = &program.sets[usize::from(set)];
                    let (first, last) = match how {
                        How::Fewest => self.take(set, at, least, least)?,
                        _ => self.take(set, at, least, most)?,
                    };
                    match first {
                        None => fits = false,
                        Some(first) => {
                            if how == How::Most && last > first {
                                self.memory.saved.push(Saved::Fewer {
                                    step: next,
                                    at: last,
                                    least: first,
                                });
                            }
                            if how == How::Fewest && most > least {
                                self.memory.saved.push(Saved::More {
                                    step,
                                    at: last,
                                    left: most - least,
                                });
                            }
                            at = last;
                        }
                    }
                }
                Some(Step::Or(other)) => self.memory.saved.push(Saved::Way { step: other, at }),
                Some(Step::Go(other)) => next = other,
                Some(Step::Begin(counter)) => {
                    self.count(
                        counter,
                        Counter {
                            count: 0,
                            at: usize::MAX,
                        },
                    );
                }
                Some(Step::Loop {
                    counter,
                    least,
                    most,
                    greedy,
                    end,
                }) => {
                    let now = self.memory.counters[usize::from(counter)];
                    let round = Counter {
                        count: now.count.saturating_add(1),
                        at,
                    };
                    if now.count < least {
                        // A round that takes nothing is as good as all that are still to come.
                        if now.at == at {
                            next = end;
                        } else {
                            self.count(counter, round);
                        }
                    } else if now.count >= most || now.at == at {
                        next = end;
                    } else if greedy {
                        self.memory.saved.push(Saved::Way { step: end, at });
                        self.count(counter, round);
                    } else {
                        // The body is tried last; it counts its round when it comes to that.
                        self.memory.saved.push(Saved::Counter { counter, was: now });
                        self.memory.saved.push(Saved::Way { step: next, at });
                        self.memory.saved.push(Saved::Counter {
                            counter,
                            was: round,
                        });
                        next = end;
                    }
                }
                Some(Step::Start) => fits = at == 0,
                Some(Step::End) => fits = at == self.text.len(),
                Some(Step::Boundary(is)) => fits = self.is_boundary(at) == is,
                Some(Step::Ahead { negated, end }) => {
                    fits = self.matches(next, at)? != negated;
                    next = end;
                }
                Some(Step::Behind { set, negated }) => {
                    let before = self.text.get(..at).and_then(|it| it.chars().next_back());
                    let set = &program.sets[usize::from(set)];
                    fits = before.is_some_and(|it| has(set, it)) != negated;
                }
            }
            if fits {
                step = next;
                continue;
            }
            match self.back(base)? {
                None => return Some(false),
                Some(other) => (step, at) = other,
            }
        }
    }

    /// Goes back to the last other way.
    fn back(&mut self, base: usize) -> Option<Option<(u32, usize)>> {
        while self.memory.saved.len() > base {
            self.pay(1)?;
            match self.memory.saved.pop() {
                None => break,
                Some(Saved::Way { step, at }) => return Some(Some((step, at))),
                Some(Saved::Counter { counter, was }) => {
                    self.memory.counters[usize::from(counter)] = was;
                }
                Some(Saved::Fewer { step, at, least }) => {
                    let before = self.text.get(..at).and_then(|it| it.chars().next_back());
                    let at = at - before.map_or(1, char::len_utf8);
                    if at > least {
                        self.memory.saved.push(Saved::Fewer { step, at, least });
                    }
                    return Some(Some((step, at)));
                }
                Some(Saved::More { step, at, left }) => {
                    let Some(Step::Take { set, .. }) = self.program.steps.get(step as usize) else {
                        continue;
                    };
                    let set = &self.program.sets[usize::from(*set)];
                    if let (Some(_), at) = self.take(set, at, 1, 1)? {
                        if left > 1 {
                            let left = left - 1;
                            self.memory.saved.push(Saved::More { step, at, left });
                        }
                        return Some(Some((step + 1, at)));
                    }
                }
            }
        }
        Some(None)
    }

    /// Sets a counter, to be set back when this way leads nowhere.
    fn count(&mut self, counter: u16, to: Counter) {
        let now = &mut self.memory.counters[usize::from(counter)];
        let was = std::mem::replace(now, to);
        self.memory.saved.push(Saved::Counter { counter, was });
    }

    /// Where the least number of characters ends, if there are so many, and where the most of them
    /// end.
    fn take(
        &mut self,
        set: &Set,
        from: usize,
        least: u32,
        most: u32,
    ) -> Option<(Option<usize>, usize)> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        let mut count = 0;
        let mut first = (least == 0).then_some(from);
        while count < most {
            let Some(&byte) = bytes.get(at) else { break };
            if byte < 0x80 {
                if !set.has_byte(byte) {
                    break;
                }
                at += 1;
            } else {
                let Some(it) = self.text.get(at..).and_then(|it| it.chars().next()) else {
                    break;
                };
                if !set.has_wide(it) {
                    break;
                }
                at += it.len_utf8();
            }
            count += 1;
            if count == least {
                first = Some(at);
            }
        }
        self.pay((at - from) / 8)?;
        Some((first, at))
    }

    fn is_boundary(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let word = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_')
        };
        word(at.checked_sub(1)) != word(Some(at))
    }
}

fn has(set: &Set, it: char) -> bool {
    if it.is_ascii() {
        set.has_byte(it as u8)
    } else {
        set.has_wide(it)
    }
}
