//! Building the tree of a template from what a reader meets, within the limits.

use super::limits::{DEPTH, Mark, NODES, PROBLEMS, excerpt};
use super::positions::{Positions, Step};
use crate::problem::Problem;
use crate::value::{Expr, Object, Text};

/// Takes a document's parts in the order of the text. An `Err` ends the reading; smaller mistakes
/// are collected.
#[derive(Default)]
pub(super) struct Builder {
    /// What is open, outermost first.
    open: Vec<Open>,
    /// The items of all open lists, those of the innermost last.
    items: Vec<Expr>,
    /// The fields of all open objects, those of the innermost last.
    fields: Vec<(Text, Expr, Mark)>,
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
        key: Option<(Text, Mark)>,
    },
    /// A short form: wraps the value that follows.
    Function(&'static str),
}

impl Builder {
    pub(super) fn new(remember: bool) -> Builder {
        Builder {
            remember,
            ..Builder::default()
        }
    }

    /// Whether what comes next is the name of a field.
    pub(super) fn wants_key(&self) -> bool {
        let last = self.open.last();
        matches!(last, Some(open) if matches!(open.what, Frame::Object { key: None, .. }))
    }

    /// The name of a field; its value comes next.
    pub(super) fn key(&mut self, mark: Mark, text: Text) {
        if let Some(Open {
            what: Frame::Object { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some((text, mark));
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
        let (from, key) = (self.fields.len(), None);
        self.open(mark, Frame::Object { from, key })
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
                let items = self.items.drain(from..).collect();
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

    /// Something to know about a template that can be read.
    pub(super) fn note(&mut self, note: impl FnOnce() -> Problem) {
        if self.remember && self.positions.notes_left(PROBLEMS) {
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
            let message =
                format!("more than {DEPTH} lists, objects and functions inside each other");
            return Err(mark.error("template-too-deep", message));
        }
        let number = self.begin(mark)?;
        self.open.push(Open { what, number });
        Ok(())
    }

    /// Counts a node and remembers where it stands.
    fn begin(&mut self, mark: Mark) -> Result<usize, Problem> {
        self.nodes += 1;
        if self.nodes > NODES {
            let message = format!("the template has more than {NODES} values");
            return Err(mark.error("template-too-large", message));
        }
        if !self.remember {
            return Ok(0);
        }
        let (step, line) = match self.open.last().map(|it| &it.what) {
            None => (Step::Root, mark.line),
            Some(Frame::List(_)) => (Step::Item, mark.line),
            Some(Frame::Function(name)) => (Step::Field(name), mark.line),
            Some(Frame::Object { key, .. }) => match key {
                Some((name, mark)) => (Step::Field(name), mark.line),
                None => (Step::Item, mark.line),
            },
        };
        Ok(self.positions.begin(step, line))
    }

    fn ends(&mut self, open: &Open) {
        if self.remember {
            self.positions.end(open.number);
        }
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, mut value: Expr) {
        loop {
            match self.open.last_mut().map(|it| &mut it.what) {
                None => self.root = Some(value),
                Some(Frame::List(_)) => self.items.push(value),
                Some(Frame::Object { key, .. }) => {
                    if let Some((name, mark)) = key.take() {
                        self.fields.push((name, value, mark));
                    }
                }
                Some(Frame::Function(name)) => {
                    value = Expr::Object(Object::single(*name, value));
                    if let Some(open) = self.open.pop() {
                        self.ends(&open);
                    }
                    continue;
                }
            }
            return;
        }
    }

    fn object(&mut self, from: usize) -> Object {
        let fields = &mut self.fields[from..];
        // Stable, so that of two fields with one name the later one comes later.
        if fields.len() > 1 {
            fields.sort_by(|a, b| a.0.cmp(&b.0));
        }
        for pair in fields.windows(2) {
            let [(a, _, first), (b, _, second)] = pair else {
                continue;
            };
            if a == b && self.problems.len() < PROBLEMS {
                let message = format!("`{}` is already given on line {}", excerpt(a), first.line);
                let problem = second.error("duplicate-key", message);
                self.problems
                    .push(problem.help("remove or rename one of the two"));
            }
        }
        let fields = self.fields.drain(from..);
        let fields = fields.map(|(name, value, _)| (name, value));
        // A name given twice is a mistake that has been noted.
        Object::from_sorted(fields.collect())
    }
}
