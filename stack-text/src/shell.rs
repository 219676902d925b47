//! Follows a shell script just far enough to know whether a quoted word may stand somewhere.

/// Where in a script we are.
#[derive(Debug, Default)]
pub(crate) struct Shell {
    /// What is open, innermost last.
    open: Vec<Open>,
    /// Here-documents whose bodies begin on the next line.
    pending: Vec<HereDocument>,
    /// The body we are in, and its line so far.
    body: Option<(HereDocument, String)>,
    /// The character before, as far as it decides what the next one means.
    before: Before,
    /// What has been read of `<<WORD`.
    operator: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Single,
    Ansi,
    Double,
    Backtick,
    /// `$(…)` and `(…)`.
    Group,
    /// `$((…))` and `((…))`, with the parentheses open within.
    Arithmetic(u32),
    /// `${…}`.
    Parameter,
    Comment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    /// White space, an operator, the beginning: a `#` begins a comment.
    #[default]
    Space,
    Word,
    Dollar,
    Backslash,
    Less,
    Paren,
    DollarParen,
    /// A closing parenthesis of arithmetic.
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HereDocument {
    end: String,
    strip_tabs: bool,
}

impl Shell {
    /// Reads on.
    pub(crate) fn read(&mut self, text: &str) {
        for it in text.chars() {
            self.next(it);
        }
    }

    /// What the place is, when a word in single quotes does not hold there.
    pub(crate) fn refuses_a_word(&self) -> Option<&'static str> {
        if self.body.is_some() || self.operator.is_some() || self.before == Before::Less {
            return Some("a here-document");
        }
        match self.before {
            Before::Backslash => return Some("an escape"),
            Before::Dollar => return Some("an expansion: there is a `$` before it"),
            _ => {}
        }
        // Any of these around us, also further out, changes what quotes mean here or what happens
        // to the text afterwards; `"$(…)"` begins anew.
        let own = self.open.iter().rposition(|it| *it == Open::Group);
        let outside = &self.open[..own.unwrap_or(0)];
        let inside = &self.open[own.map_or(0, |it| it + 1)..];
        let unsafe_outside = outside
            .iter()
            .find(|it| matches!(it, Open::Backtick | Open::Arithmetic(_)));
        inside.last().or(unsafe_outside).map(|it| it.in_words())
    }

    /// What is still open at the end.
    pub(crate) fn unfinished(&self) -> Option<&'static str> {
        if self.body.is_some() || !self.pending.is_empty() || self.operator.is_some() {
            // The end of the file also ends the last here-document's line.
            let ends = self
                .body
                .as_ref()
                .is_some_and(|(document, line)| document.ends_with(line));
            if !ends || !self.pending.is_empty() {
                return Some("a here-document");
            }
        }
        self.open
            .iter()
            .find(|it| **it != Open::Comment)
            .map(|it| it.in_words())
    }

    fn next(&mut self, it: char) {
        if let Some((document, line)) = &mut self.body {
            if it != '\n' {
                line.push(it);
            } else if document.ends_with(line) {
                self.body = None;
                self.begin_body();
            } else {
                line.clear();
            }
            return;
        }
        if self.operator.is_some() && !self.here_document(it) {
            return;
        }
        let before = std::mem::take(&mut self.before);
        self.before = match self.open.last().copied() {
            Some(Open::Single) => self.close_at(it, '\''),
            Some(Open::Comment) => {
                if it == '\n' {
                    self.open.pop();
                    self.line_break();
                }
                Before::Space
            }
            _ if before == Before::Backslash => Before::Word,
            _ if it == '\\' => Before::Backslash,
            Some(Open::Ansi) => self.close_at(it, '\''),
            Some(Open::Double) if it == '"' => self.close_at(it, '"'),
            Some(Open::Backtick) if it == '`' => self.close_at(it, '`'),
            Some(Open::Parameter) if it == '}' => self.close_at(it, '}'),
            Some(Open::Double) => self.expansion(before, it).unwrap_or(Before::Word),
            Some(Open::Arithmetic(depth)) => self.arithmetic(before, depth, it),
            _ => self.code(before, it),
        };
    }

    fn close_at(&mut self, it: char, end: char) -> Before {
        if it == end {
            self.open.pop();
        }
        Before::Word
    }

    /// What begins also within double quotes: `$(`, `${`, backticks.
    fn expansion(&mut self, before: Before, it: char) -> Option<Before> {
        match (before, it) {
            (_, '`') => self.open.push(Open::Backtick),
            (Before::Dollar, '{') => self.open.push(Open::Parameter),
            (Before::Dollar, '(') => {
                self.open.push(Open::Group);
                return Some(Before::DollarParen);
            }
            (_, '$') => return Some(Before::Dollar),
            _ => return None,
        }
        Some(Before::Word)
    }

    fn arithmetic(&mut self, before: Before, depth: u32, it: char) -> Before {
        let depth = match it {
            '(' => depth + 1,
            ')' if depth > 0 => depth - 1,
            ')' if before == Before::Close => {
                self.open.pop();
                return Before::Word;
            }
            ')' => return Before::Close,
            _ => depth,
        };
        if let Some(last) = self.open.last_mut() {
            *last = Open::Arithmetic(depth);
        }
        Before::Word
    }

    fn code(&mut self, before: Before, it: char) -> Before {
        if before == Before::Less && it == '<' {
            self.operator = Some(String::new());
            return Before::Word;
        }
        if matches!(before, Before::Paren | Before::DollarParen) && it == '(' {
            // The group that was opened is arithmetic.
            self.open.pop();
            self.open.push(Open::Arithmetic(0));
            return Before::Word;
        }
        match it {
            '\'' if before == Before::Dollar => self.open.push(Open::Ansi),
            '\'' => self.open.push(Open::Single),
            '"' => self.open.push(Open::Double),
            '#' if matches!(before, Before::Space | Before::Paren | Before::DollarParen)
                && self.open.last() != Some(&Open::Parameter) =>
            {
                self.open.push(Open::Comment);
            }
            '<' => return Before::Less,
            '\n' => {
                self.line_break();
                return Before::Space;
            }
            ' ' | '\t' | ';' | '&' | '|' | '>' => return Before::Space,
            '(' if before != Before::Dollar => {
                self.open.push(Open::Group);
                return Before::Paren;
            }
            ')' => {
                if self.open.last() == Some(&Open::Group) {
                    self.open.pop();
                }
                return Before::Space;
            }
            _ => return self.expansion(before, it).unwrap_or(Before::Word),
        }
        Before::Word
    }

    /// Reads the word after `<<`. True when the character belongs to what follows.
    fn here_document(&mut self, it: char) -> bool {
        let Some(word) = &mut self.operator else {
            return true;
        };
        let ends = matches!(it, '\n' | ' ' | '\t' | ';' | '&' | '|' | '>' | '<' | ')');
        let is_here_string = word.is_empty() && it == '<';
        let only_begun = matches!(word.as_str(), "" | "-") && matches!(it, ' ' | '\t');
        if is_here_string {
            self.operator = None;
            return false;
        }
        if only_begun {
            return false;
        }
        if !ends {
            word.push(it);
            return false;
        }
        let word = self.operator.take().unwrap_or_default();
        let strip_tabs = word.starts_with('-');
        let end = word.trim_start_matches('-').replace(['\'', '"', '\\'], "");
        self.pending.push(HereDocument { end, strip_tabs });
        self.before = Before::Space;
        true
    }

    fn line_break(&mut self) {
        if self.body.is_none() {
            self.begin_body();
        }
    }

    fn begin_body(&mut self) {
        if !self.pending.is_empty() {
            self.body = Some((self.pending.remove(0), String::new()));
        }
    }
}

impl HereDocument {
    fn ends_with(&self, line: &str) -> bool {
        let line = if self.strip_tabs {
            line.trim_start_matches('\t')
        } else {
            line
        };
        line == self.end
    }
}

impl Open {
    fn in_words(self) -> &'static str {
        match self {
            Open::Single | Open::Ansi => "single quotes",
            Open::Double => "double quotes",
            Open::Backtick => "backticks",
            Open::Group => "parentheses",
            Open::Arithmetic(_) => "arithmetic",
            Open::Parameter => "`${…}`",
            Open::Comment => "a comment",
        }
    }
}
