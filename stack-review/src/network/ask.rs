//! From a [`Question`] to an [`Answer`], and what is missing in it.

use super::answer::{Answer, Missing, Path, Question};
use super::flow::{Fails, Verdict};
use super::parts::*;

/// Pieces are looked for so often; no way needs more.
const PIECES: usize = 12;

impl Network {
    /// Whether a connection can be opened.
    ///
    /// Blocked and sometimes: `missing` is minimal. With all of it the answer is reachable; without
    /// one of it, it is not.
    pub fn can(&self, question: &Question) -> Answer {
        self.answer(self.judge(question), question)
    }

    fn answer(&self, verdict: Verdict, question: &Question) -> Answer {
        if verdict.always {
            return match verdict.works {
                Some(works) => Answer::Reachable(Path {
                    hops: works.hops,
                    packet: works.packet,
                }),
                None => Answer::Unknown {
                    assumption: "there is no packet to show".to_owned(),
                },
            };
        }
        let doubt = || {
            let doubt = verdict
                .doubt
                .clone()
                .unwrap_or_else(|| "a value that is only known at deployment".to_owned());
            Answer::Unknown {
                assumption: format!("it depends on {doubt}"),
            }
        };
        if !verdict.perhaps {
            let why = verdict
                .fails
                .as_ref()
                .map(|it| it.why.clone())
                .unwrap_or_default();
            return Answer::Blocked {
                missing: self.pieces(question, &verdict),
                why,
            };
        }
        match (&verdict.works, &verdict.fails) {
            (Some(works), Some(fails)) if !verdict.perhaps_always => Answer::Sometimes {
                works: Path {
                    hops: works.hops.clone(),
                    packet: works.packet.clone(),
                },
                fails: fails.packet.clone(),
                why: self.closed(fails),
                missing: self.pieces(question, &verdict),
            },
            _ => doubt(),
        }
    }

    /// What stops a packet, and the subnet that it concerns.
    fn closed(&self, fails: &Fails) -> String {
        let name = fails.subnet.map(|it| self.subnets[it].name.as_str());
        match name.filter(|it| !it.is_empty() && !fails.why.contains(it)) {
            Some(name) if fails.why.is_empty() => format!("{name} is closed"),
            Some(name) => format!("{name} is closed: {}", fails.why),
            None if fails.why.is_empty() => "other places or ports are closed".to_owned(),
            None => fails.why.clone(),
        }
    }

    /// The same without the ways by load balancers to what hangs behind them.
    pub(super) fn can_directly(&self, question: &Question) -> Answer {
        self.answer(self.direct(question), question)
    }

    /// The answer in one word, without what is missing.
    pub fn word(&self, question: &Question) -> &'static str {
        self.judge(question).word()
    }

    /// Adds what is missing, one after the other, and leaves out again what was not needed.
    fn pieces(&self, question: &Question, verdict: &Verdict) -> Vec<Missing> {
        let mut pieces: Vec<Missing> = Vec::new();
        let mut next = verdict.fails.as_ref().and_then(|it| it.missing.clone());
        let (mut done, mut open_end) = (false, false);
        while let Some(piece) = next.take() {
            if pieces.len() >= PIECES || pieces.contains(&piece) {
                return Vec::new();
            }
            pieces.push(piece);
            let verdict = self.with(&pieces).judge(question);
            done = verdict.always;
            open_end = verdict.perhaps_always && verdict.fails.is_none();
            // Where the rest is not known, these are still needed.
            if verdict.fails.is_none() {
                break;
            }
            next = verdict.fails.and_then(|it| it.missing);
        }
        if !done {
            return if next.is_none() && open_end {
                pieces
            } else {
                Vec::new()
            };
        }
        let mut at = 0;
        let all = pieces.len();
        // All but the last one were judged on the way.
        while at < pieces.len() && pieces.len() > 1 && at + 1 < all {
            let mut fewer = pieces.clone();
            fewer.remove(at);
            if self.with(&fewer).judge(question).always {
                pieces = fewer;
            } else {
                at += 1;
            }
        }
        pieces
    }

    /// Without the ways by load balancers to what hangs behind them.
    pub(super) fn direct(&self, question: &Question) -> Verdict {
        let from = self.who(&question.from, question.family);
        self.between(&from, &self.who(&question.to, question.family), question)
    }

    pub(super) fn judge(&self, question: &Question) -> Verdict {
        let from = self.who(&question.from, question.family);
        let to = self.who(&question.to, question.family);
        let verdict = self.between(&from, &to, question);
        if verdict.works.is_some() || verdict.always {
            return verdict;
        }
        match self.by_balancer(&from, &to, question) {
            Some(other) if other.perhaps => other,
            _ => verdict,
        }
    }
}
