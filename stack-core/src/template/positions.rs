//! [`Positions`], where in its text each part of a template stands.

use crate::problem::Problem;

/// Where in its text each part of a template stands. Made by
/// [`Template::parse_with_positions`](crate::Template::parse_with_positions).
///
/// ```
/// use stack_core::Template;
/// let text = "Resources:\n  Web:\n    Type: AWS::ECS::Service\n    Properties:\n      Ports: [80, 81]\n";
/// let (_, positions) = Template::parse_with_positions(text).unwrap();
/// assert_eq!(positions.line("Resources.Web.Properties.Ports[1]"), Some(5));
/// assert_eq!(positions.line("Resources.Api"), None);
/// assert_eq!(positions.nearest("Resources.Web.Properties.Cluster"), 4);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// Parents first, in the order of the text.
    entries: Vec<Entry>,
    /// The names of all fields, one after another.
    names: String,
    notes: Vec<Problem>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    line: u32,
    /// The name of the field, in `names`; empty for the item of a list.
    name: (u32, u32),
    /// The entry after this one and all below it.
    end: u32,
}

/// How a node hangs in its parent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Root,
    Field(&'a str),
    Item,
}

impl Positions {
    /// The line, from 1, on which a part of the template begins: the line of a field's name, or of
    /// a list's item. A place is written `Resources.Web.Properties.Ports[1]`; a short form such as
    /// `!Sub` is its long form, `Fn::Sub`.
    pub fn line(&self, place: &str) -> Option<u32> {
        match self.walk(place) {
            (line, "") => Some(line),
            _ => None,
        }
    }

    /// The line of the place or, where the text has no such place, of the nearest part around it.
    pub fn nearest(&self, place: &str) -> u32 {
        self.walk(place).0
    }

    /// What CloudFormation reads otherwise than it is written, each with its `line:column` as
    /// place: plain YAML words and numbers that YAML 1.1 takes for something else, and aliases,
    /// which CloudFormation refuses.
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// The line of the last known part of the place, and what is left of the place.
    fn walk<'p>(&self, place: &'p str) -> (u32, &'p str) {
        let Some(root) = self.entries.first() else {
            return (1, place);
        };
        let (mut at, mut line, mut left) = (0, root.line, place);
        while let Some((child, rest)) = self.child(at, left) {
            at = child;
            line = self.entries[child].line;
            left = rest;
        }
        (line, left)
    }

    /// The child that the beginning of `place` names. Names may hold dots: the longest that fits
    /// counts.
    fn child<'p>(&self, parent: usize, place: &'p str) -> Option<(usize, &'p str)> {
        let item = place
            .strip_prefix('[')
            .and_then(|it| it.split_once(']'))
            .and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest)));
        let place = place.strip_prefix('.').unwrap_or(place);
        let mut best: Option<(usize, &str)> = None;
        let mut next = parent + 1;
        let mut index = 0;
        while next < self.entries[parent].end as usize {
            let entry = self.entries[next];
            let name = &self.names[entry.name.0 as usize..entry.name.1 as usize];
            if let Some((wanted, rest)) = item
                && wanted == index
                && name.is_empty()
            {
                return Some((next, rest));
            }
            let rest = place.strip_prefix(name).filter(|rest| {
                !name.is_empty() && (rest.is_empty() || rest.starts_with(['.', '[']))
            });
            if let Some(rest) = rest
                && best.is_none_or(|(_, best)| rest.len() < best.len())
            {
                best = Some((next, rest));
            }
            next = entry.end as usize;
            index += 1;
        }
        best
    }

    pub(super) fn note(&mut self, note: Problem) {
        self.notes.push(note);
    }

    pub(super) fn notes_left(&self, most: usize) -> bool {
        self.notes.len() < most
    }

    /// Begins a node and returns its number.
    pub(super) fn begin(&mut self, step: Step<'_>, line: u32) -> usize {
        let from = self.names.len() as u32;
        if let Step::Field(name) = step {
            self.names.push_str(name);
        }
        let number = self.entries.len();
        self.entries.push(Entry {
            line,
            name: (from, self.names.len() as u32),
            end: number as u32 + 1,
        });
        number
    }

    /// Ends the node with this number.
    pub(super) fn end(&mut self, number: usize) {
        let end = self.entries.len() as u32;
        if let Some(entry) = self.entries.get_mut(number) {
            entry.end = end;
        }
    }
}
