//! Building the tree of a template from what a reader meets, within the limits.

use std::mem::take;

use super::limits::{DEPTH, Mark, NODES, PROBLEMS, excerpt};
use super::positions::{Positions, Step};
use crate::problem::Problem;
use crate::value::{Expr, Object, Text};

/// Most templates have no more fields, or items of lists, in what is open.
const USUAL: usize = 128;

/// Takes a document's parts in the order of the text. An `Err` ends the reading; smaller mistakes
/// are collected.
#[derive(Default)]
pub(super) struct Builder {
    /// What is open, outermost first.
    open: Vec<Open>,
    /// The items of all open lists, those of the innermost last.
    items: Vec<Expr>,
    /// The fields of all open objects, those of the innermost last; one whose value is being read
    /// has none yet.
    fields: Vec<(Text, Expr)>,
    /// Where the name of each field stands.
    marks: Vec<Mark>,
    /// For putting fields in order.
    order: Vec<usize>,
    root: Option<Expr>,
    nodes: usize,
    problems: Vec<Problem>,
    positions: Positions,
    /// Whether to remember where things stand.
    remember: bool,
}

struct Open {
    what: Frame,
    /// Its number in the positions.
    number: usize,
}

enum Frame {
    /// Where its items begin.
    List(usize),
    Object {
        /// Where its fields begin.
        from: usize,
        /// Whether the value of its last field is being read.
        named: bool,
    },
    /// A short form: wraps the value that follows.
    Function(&'static str),
}

impl Builder {
    pub(super) fn new(remember: bool) -> Builder {
        Builder {
            open: Vec::with_capacity(16),
            items: Vec::with_capacity(USUAL),
            fields: Vec::with_capacity(USUAL),
            marks: Vec::with_capacity(USUAL),
            remember,
            ..Builder::default()
        }
    }

    /// Whether what comes next is the name of a field.
    pub(super) fn wants_key(&self) -> bool {
        let last = self.open.last();
        matches!(last, Some(open) if matches!(open.what, Frame::Object { named: false, .. }))
    }

    /// The name of a field; its value comes next.
    pub(super) fn key(&mut self, mark: Mark, text: Text) {
        if let Some(Open {
            what: Frame::Object { named, .. },
            ..
        }) = self.open.last_mut()
        {
            *named = true;
            self.fields.push((text, Expr::Null));
            self.marks.push(mark);
        }
    }

    /// A value without parts.
    pub(super) fn value(&mut self, mark: Mark, value: Expr) -> Result<(), Problem> {
        self.begin(mark)?;
        self.place(value);
        Ok(())
    }

    pub(super) fn open_list(&mut self, mark: Mark) -> Result<(), Problem> {
        self.open(mark, Frame::List(self.items.len()))
    }

    pub(super) fn open_object(&mut self, mark: Mark) -> Result<(), Problem> {
        let (from, named) = (self.fields.len(), false);
        self.open(mark, Frame::Object { from, named })
    }

    /// A function by its full name; its argument comes next and closes it.
    pub(super) fn open_function(&mut self, mark: Mark, name: &'static str) -> Result<(), Problem> {
        self.open(mark, Frame::Function(name))
    }

    /// Closes the innermost list or object.
    pub(super) fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.ends(&open);
        match open.what {
            Frame::List(from) => {
                let items = self.items.split_off(from);
                self.place(Expr::List(items));
            }
            Frame::Object { from, .. } => {
                let object = self.object(from);
                self.place(Expr::Object(object));
            }
            Frame::Function(_) => {}
        }
    }

    /// A mistake that does not keep the rest from being read.
    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Whether something is wrong with what has been read.
    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Whether there is room for something to know.
    pub(super) fn takes_notes(&self) -> bool {
        self.remember && self.positions.notes_left(PROBLEMS)
    }

    /// Something to know about a template that can be read.
    pub(super) fn note(&mut self, note: impl FnOnce() -> Problem) {
        if self.takes_notes() {
            self.positions.note(note());
        }
    }

    /// The finished tree.
    pub(super) fn finish(self) -> Result<(Object, Positions), Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        match self.root {
            Some(Expr::Object(root)) => Ok((root, self.positions)),
            None | Some(Expr::Null) => {
                let problem = Mark::START.error("not-a-template", "the template is empty");
                Err(vec![problem.help("a template has at least `Resources`")])
            }
            Some(_) => {
                let problem = Mark::START.error("not-a-template", "this is no template");
                Err(vec![problem.help(
                    "a template is an object with sections such as `Resources`",
                )])
            }
        }
    }

    /// The mistakes so far, and the one that ended the reading.
    pub(super) fn fail(mut self, last: Problem) -> Vec<Problem> {
        self.problems.push(last);
        self.problems
    }

    fn open(&mut self, mark: Mark, what: Frame) -> Result<(), Problem> {
        if self.open.len() >= DEPTH {
            return Err(too_deep(mark));
        }
        let number = self.begin(mark)?;
        self.open.push(Open { what, number });
        Ok(())
    }

    /// Counts a node and remembers where it stands.
    #[inline]
    fn begin(&mut self, mark: Mark) -> Result<usize, Problem> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(too_many(mark));
        }
        Ok(if self.remember { self.stands(mark) } else { 0 })
    }

    /// Remembers where a node stands.
    fn stands(&mut self, mark: Mark) -> usize {
        let (step, line) = match self.open.last().map(|it| &it.what) {
            None => (Step::Root, mark.line),
            Some(Frame::List(_)) => (Step::Item, mark.line),
            Some(Frame::Function(name)) => (Step::Field(name), mark.line),
            Some(Frame::Object { .. }) => match (self.fields.last(), self.marks.last()) {
                (Some((name, _)), Some(mark)) => (Step::Field(name), mark.line),
                _ => (Step::Item, mark.line),
            },
        };
        self.positions.begin(step, line)
    }

    fn ends(&mut self, open: &Open) {
        if self.remember {
            self.positions.end(open.number);
        }
    }

    /// Puts a finished value where it belongs.
    #[inline]
    fn place(&mut self, mut value: Expr) {
        while let Some(Frame::Function(name)) = self.open.last().map(|it| &it.what) {
            value = Expr::Object(Object::single(*name, value));
            if let Some(open) = self.open.pop() {
                self.ends(&open);
            }
        }
        match self.open.last_mut().map(|it| &mut it.what) {
            None | Some(Frame::Function(_)) => self.root = Some(value),
            Some(Frame::List(_)) => self.items.push(value),
            Some(Frame::Object { named, .. }) => {
                *named = false;
                if let Some(field) = self.fields.last_mut() {
                    field.1 = value;
                }
            }
        }
    }

    /// Takes the fields from this one on out, as an object.
    fn object(&mut self, from: usize) -> Object {
        let fields = &mut self.fields[from..];
        if fields.is_sorted_by(|a, b| a.0 < b.0) {
            self.marks.truncate(from);
            return Object::from_sorted(self.fields.split_off(from));
        }
        self.order.clear();
        self.order.extend(0..fields.len());
        // Stable, so that of two fields with one name the later one comes later.
        self.order.sort_by(|a, b| fields[*a].0.cmp(&fields[*b].0));
        let marks = &self.marks[from..];
        for pair in self.order.windows(2) {
            let [first, second] = *pair else { continue };
            let name = &fields[first].0;
            if *name == fields[second].0 && self.problems.len() < PROBLEMS {
                let line = marks[first].line;
                let message = format!("`{}` is already given on line {line}", excerpt(name));
                let problem = marks[second].error("duplicate-key", message);
                self.problems
                    .push(problem.help("remove or rename one of the two"));
            }
        }
        // A name given twice is a mistake that has been noted.
        let sorted = self.order.iter().map(|it| take(&mut fields[*it])).collect();
        self.fields.truncate(from);
        self.marks.truncate(from);
        Object::from_sorted(sorted)
    }
}

#[cold]
fn too_deep(mark: Mark) -> Problem {
    let message = format!("more than {DEPTH} lists, objects and functions inside each other");
    mark.error("template-too-deep", message)
}

#[cold]
fn too_many(mark: Mark) -> Problem {
    let message = format!("the template has more than {NODES} values");
    mark.error("template-too-large", message)
}
