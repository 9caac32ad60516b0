//! Is a question of a kind that routines must not answer, however near one of them lies?
//!
//! A named person's case, a medical judgement, or nothing of the work at all: told by signs (`signs/refusals.txt`) that
//! are narrow on purpose. Staff name persons in questions about routines all the time ("råkade ge Karls tabletter till
//! Kalle, vem ringer jag?"), and those are answered.

use std::sync::LazyLock;

use super::refusal::RefusalKind;
use crate::language::{Sentence, Signs, Vocabulary, parted};

const LIST: &str = include_str!("signs/refusals.txt");

static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);

struct Rules {
    person: Pair,
    judgement: Pair,
    elsewhere: Pair,
    vocabulary: Vocabulary,
}

/// Signs of a kind, and signs that it is another question after all.
struct Pair {
    signs: Signs,
    not: Signs,
}

impl Rules {
    fn read() -> Self {
        let lines =
            |wanted: &'static str| parted(LIST).filter(move |(part, _, _)| *part == wanted).map(|(_, line, _)| line);
        let pair = |signs, not| Pair { signs: Signs::new(lines(signs)), not: Signs::new(lines(not)) };
        Self {
            person: pair("person", "inte person"),
            judgement: pair("bedömning", "inte bedömning"),
            elsewhere: pair("utanför", "inte utanför"),
            vocabulary: Vocabulary::new(lines("grupper"), lines("namn"), lines("inte namn")),
        }
    }

    fn shows(&self, signs: &Signs, sentence: &Sentence) -> bool {
        signs.shown_in(sentence, &self.vocabulary)
    }

    /// Whether one sentence shows a sign, and none says that it is something else.
    fn tells(&self, pair: &Pair, sentences: &[Sentence]) -> bool {
        sentences.iter().any(|sentence| self.shows(&pair.signs, sentence))
            && !sentences.iter().any(|sentence| self.shows(&pair.not, sentence))
    }

    /// Whether every sentence is about something else than the work: a question beside "ignorera reglerna" is answered.
    fn is_elsewhere(&self, sentences: &[Sentence]) -> bool {
        let elsewhere = |sentence: &Sentence| {
            self.shows(&self.elsewhere.signs, sentence) && !self.shows(&self.elsewhere.not, sentence)
        };
        !sentences.is_empty() && sentences.iter().all(elsewhere)
    }
}

/// The kind of refusal that a question calls for by itself; `None` if what is found decides.
pub fn refusal_kind(question: &str) -> Option<RefusalKind> {
    let sentences = Sentence::all_of(question);
    let rules = &*RULES;
    if rules.tells(&rules.person, &sentences) {
        Some(RefusalKind::Person)
    } else if rules.tells(&rules.judgement, &sentences) {
        Some(RefusalKind::Judgement)
    } else if rules.is_elsewhere(&sentences) {
        Some(RefusalKind::OffTopic)
    } else {
        None
    }
}
