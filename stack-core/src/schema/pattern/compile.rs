//! From what a pattern says to the steps that match it.

use super::parse::Ast;
use super::set::Set;

/// The steps of a pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<Set>,
    /// How many loops there are, each of which counts.
    pub(super) loops: usize,
    /// Whether it can only match at the beginning of the text.
    pub(super) anchored: bool,
}

/// One step. Where nothing else is said, the next one follows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Characters of a set.
    Take {
        set: u16,
        least: u32,
        most: u32,
        how: How,
    },
    /// Tries the next step, then this one.
    Or(u32),
    /// Goes on elsewhere.
    Go(u32),
    /// Sets a loop's counter to 0.
    Begin(u16),
    /// Goes into the loop's body, which follows, or to its end.
    Loop {
        counter: u16,
        least: u32,
        most: u32,
        greedy: bool,
        end: u32,
    },
    Start,
    End,
    Boundary(bool),
    /// Matches what follows up to `Done`, then goes on at the end, where it began.
    Ahead {
        negated: bool,
        end: u32,
    },
    Behind {
        set: u16,
        negated: bool,
    },
    Done,
}

/// How many characters are taken when several counts are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As many as possible; giving some back would not help.
    All,
    /// As many as possible, fewer when the rest does not match.
    Most,
    /// As few as possible.
    Fewest,
}

/// Patterns with more steps are not matched.
const SIZE: usize = 10_000;

/// The steps, unless there are too many.
pub(super) fn compile(ast: &Ast) -> Option<Program> {
    let mut program = Program {
        steps: Vec::new(),
        sets: Vec::new(),
        loops: 0,
        anchored: false,
    };
    program.add(ast)?;
    program.steps.push(Step::Done);
    program.anchored = matches!(program.steps.first(), Some(Step::Start));
    program.settle();
    Some(program)
}

impl Program {
    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    fn set(&mut self, set: &Set) -> u16 {
        let at = self.sets.iter().position(|it| it == set);
        at.unwrap_or_else(|| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        }) as u16
    }

    fn take(&mut self, set: &Set, least: u32, most: u32, how: How) {
        let set = self.set(set);
        self.steps.push(Step::Take {
            set,
            least,
            most,
            how,
        });
    }

    fn add(&mut self, ast: &Ast) -> Option<()> {
        if self.steps.len() > SIZE {
            return None;
        }
        match ast {
            Ast::Set(set) => self.take(set, 1, 1, How::All),
            Ast::Row(row) => row.iter().try_for_each(|it| self.add(it))?,
            Ast::Choice(choices) => self.choice(choices)?,
            Ast::Repeat {
                of,
                least,
                most,
                greedy,
            } => self.repeat(of, *least, *most, *greedy)?,
            Ast::Start => self.steps.push(Step::Start),
            Ast::End => self.steps.push(Step::End),
            Ast::Boundary(is) => self.steps.push(Step::Boundary(*is)),
            Ast::Ahead { of, negated } => {
                let at = self.steps.len();
                self.steps.push(Step::Done);
                self.add(of)?;
                self.steps.push(Step::Done);
                self.steps[at] = Step::Ahead {
                    negated: *negated,
                    end: self.here(),
                };
            }
            Ast::Behind { set, negated } => {
                let set = self.set(set);
                self.steps.push(Step::Behind {
                    set,
                    negated: *negated,
                });
            }
        }
        Some(())
    }

    fn choice(&mut self, choices: &[Ast]) -> Option<()> {
        let mut ends = Vec::new();
        for (number, choice) in choices.iter().enumerate() {
            if number + 1 == choices.len() {
                self.add(choice)?;
                break;
            }
            let at = self.steps.len();
            self.steps.push(Step::Done);
            self.add(choice)?;
            ends.push(self.steps.len());
            self.steps.push(Step::Done);
            self.steps[at] = Step::Or(self.here());
        }
        for end in ends {
            self.steps[end] = Step::Go(self.here());
        }
        Some(())
    }

    fn repeat(&mut self, of: &Ast, least: u32, most: u32, greedy: bool) -> Option<()> {
        // A group around one set is that set.
        let mut inner = of;
        while let Ast::Row(row) = inner
            && let [only] = row.as_slice()
        {
            inner = only;
        }
        match (inner, least, most) {
            (Ast::Set(set), ..) => {
                let how = if greedy { How::Most } else { How::Fewest };
                self.take(set, least, most, how);
            }
            (_, _, 0) => (),
            (_, 1, 1) => self.add(inner)?,
            (_, 0, 1) if greedy => {
                let at = self.steps.len();
                self.steps.push(Step::Done);
                self.add(inner)?;
                self.steps[at] = Step::Or(self.here());
            }
            _ => {
                let counter = self.loops as u16;
                self.loops += 1;
                self.steps.push(Step::Begin(counter));
                let at = self.here();
                self.steps.push(Step::Done);
                self.add(inner)?;
                self.steps.push(Step::Go(at));
                self.steps[at as usize] = Step::Loop {
                    counter,
                    least,
                    most,
                    greedy,
                    end: self.here(),
                };
            }
        }
        Some(())
    }

    /// Finds where giving characters back would not help: at the end, and before a character that
    /// is none of them.
    fn settle(&mut self) {
        for at in 0..self.steps.len() {
            let next = self.steps.get(at + 1).copied();
            let sets = &self.sets;
            let Some(Step::Take { set, how, .. }) = self.steps.get_mut(at) else {
                continue;
            };
            let helps = match next {
                Some(Step::End | Step::Done) => false,
                Some(Step::Take {
                    set: other, least, ..
                }) if least > 0 => {
                    !sets[usize::from(*set)].is_apart_from(&sets[usize::from(other)])
                }
                _ => true,
            };
            if *how == How::Most && !helps {
                *how = How::All;
            }
        }
    }
}
