//! Does a question show a sign from a list?
//!
//! A sign is a line of words that stand in one sentence in that order, with a few words between at most; people can read
//! and write such a list, and matching it needs no model. Not here: what a sign means ([`crate::answer`]).

use std::collections::{HashMap, HashSet};

use super::words::{fold_dots, words};

/// Other words that may stand between two words of a sign.
const BETWEEN: usize = 3;

/// A list that is parted by lines such as `[tecken]`; blank lines and lines that begin with `#` are left out.
pub fn parted(text: &str) -> impl Iterator<Item = (&str, &str, usize)> {
    let mut part = "";
    text.lines().enumerate().filter_map(move |(number, line)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            part = name;
            return None;
        }
        Some((part, line, number + 1))
    })
}

/// Words that a list refers to by `@name`, and what counts as a person's name (`@namn`).
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    groups: HashMap<String, Vec<Form>>,
    names: HashSet<String>,
    not_names: HashSet<String>,
}

impl Vocabulary {
    /// Groups as `@name = word word`, known first names, and words in capitals that are no names.
    pub fn new<'a>(
        groups: impl Iterator<Item = &'a str>,
        names: impl Iterator<Item = &'a str>,
        not_names: impl Iterator<Item = &'a str>,
    ) -> Self {
        let all =
            |lines: &mut dyn Iterator<Item = &'a str>| lines.flat_map(str::split_whitespace).map(folded).collect();
        let group = |line: &str| {
            let (name, forms) = line.split_once('=')?;
            let name = name.trim().trim_start_matches('@').to_owned();
            Some((name, forms.split_whitespace().map(Form::parse).collect()))
        };
        let (mut names, mut not_names) = (names, not_names);
        Self { groups: groups.filter_map(group).collect(), names: all(&mut names), not_names: all(&mut not_names) }
    }

    /// Whether a word is a person's name: a known first name, or a word that is written as one inside a sentence and does
    /// not end like the name of a place or a thing ("Strandgården").
    fn is_name(&self, sentence: &Sentence, at: usize) -> bool {
        let token = &sentence.tokens[at];
        let after_lex = at > 0 && sentence.tokens[at - 1].folded == "lex";
        if after_lex || self.not_names.contains(&token.folded) {
            return false;
        }
        let base = token.folded.strip_suffix('s').unwrap_or(&token.folded);
        if self.names.contains(&token.folded) || self.names.contains(base) {
            return true;
        }
        at > 0 && token.is_capitalised && !["en", "et", "an", "na"].iter().any(|ending| base.ends_with(ending))
    }
}

/// One sentence of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    folded: String,
    /// A capital followed by small letters.
    is_capitalised: bool,
}

impl Sentence {
    /// The sentences of a question; those without a word are left out.
    pub fn all_of(question: &str) -> Vec<Self> {
        let mut out: Vec<Self> = Vec::new();
        let mut last_end = None;
        for word in words(question) {
            let ended = last_end.is_none_or(|end: usize| question[end..word.start].contains(['.', '!', '?', '\n']));
            last_end = Some(word.end);
            if ended {
                out.push(Self { tokens: Vec::new() });
            }
            let mut letters = question[word.start..word.end].chars();
            let is_capitalised = word.end - word.start > 2
                && letters.next().is_some_and(char::is_uppercase)
                && letters.all(char::is_lowercase);
            if let Some(sentence) = out.last_mut() {
                sentence.tokens.push(Token { folded: folded(&word.text), is_capitalised });
            }
        }
        out
    }
}

/// A list of signs.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    signs: Vec<Vec<Vec<Form>>>,
}

impl Signs {
    /// Signs from their lines: words in order, `a|b` either of them, `a*` the beginning of a word, `*a` its end, `@name` one
    /// of a group, `@namn` a person's name, `<tal>` a number. Dots over letters and capitals do not matter.
    pub fn new<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let sign =
            |line: &str| line.split_whitespace().map(|term| term.split('|').map(Form::parse).collect()).collect();
        Self { signs: lines.map(sign).collect() }
    }

    /// Whether a sentence shows one of them.
    pub fn shown_in(&self, sentence: &Sentence, vocabulary: &Vocabulary) -> bool {
        self.signs.iter().any(|sign| shows(sign, sentence, vocabulary, 0, sentence.tokens.len()))
    }
}

/// Whether the words of a sign stand from `start` on, the first of them before `limit`.
fn shows(sign: &[Vec<Form>], sentence: &Sentence, vocabulary: &Vocabulary, start: usize, limit: usize) -> bool {
    let Some((term, rest)) = sign.split_first() else { return true };
    (start..limit.min(sentence.tokens.len())).any(|at| {
        term.iter().any(|form| form.fits(sentence, at, vocabulary))
            && shows(rest, sentence, vocabulary, at + 1, at + 2 + BETWEEN)
    })
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Word(String),
    Beginning(String),
    End(String),
    Group(String),
    Name,
    Number,
}

impl Form {
    fn parse(text: &str) -> Self {
        if let Some(group) = text.strip_prefix('@') {
            return if group == "namn" { Self::Name } else { Self::Group(group.to_owned()) };
        }
        if text == "<tal>" {
            return Self::Number;
        }
        match (text.strip_suffix('*'), text.strip_prefix('*')) {
            (Some(beginning), _) => Self::Beginning(folded(beginning)),
            (None, Some(end)) => Self::End(folded(end)),
            (None, None) => Self::Word(folded(text)),
        }
    }

    fn fits(&self, sentence: &Sentence, at: usize, vocabulary: &Vocabulary) -> bool {
        let word = sentence.tokens[at].folded.as_str();
        match self {
            Self::Word(own) => word == own,
            Self::Beginning(own) => word.starts_with(own.as_str()),
            Self::End(own) => word.ends_with(own.as_str()),
            // A group holds words, not other groups.
            Self::Group(name) => vocabulary.groups.get(name).is_some_and(|forms| {
                forms.iter().any(|form| !matches!(form, Self::Group(_)) && form.fits(sentence, at, vocabulary))
            }),
            Self::Name => vocabulary.is_name(sentence, at),
            Self::Number => word.starts_with(|character: char| character.is_ascii_digit()),
        }
    }
}

fn folded(word: &str) -> String {
    fold_dots(&word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sign: &str, question: &str) -> bool {
        let vocabulary =
            Vocabulary::new(["@vätska = vatten saft*"].into_iter(), ["kalle åke"].into_iter(), ["fyren"].into_iter());
        let signs = Signs::new([sign].into_iter());
        Sentence::all_of(question).iter().any(|sentence| signs.shown_in(sentence, &vocabulary))
    }

    #[test]
    fn words_stand_in_order_and_near_each_other_in_one_sentence() {
        assert!(shown("andas inte|ej", "Hon andas tydligen alls inte!"));
        assert!(!shown("andas inte", "Inte andas hon"));
        assert!(!shown("andas inte", "Hon andas. Inte mer."));
        assert!(!shown("andas inte", "andas ett två tre fyra inte"));
        assert!(shown("andas inte", "ANDAS INTE"));
    }

    #[test]
    fn parts_of_words_groups_and_numbers() {
        assert!(shown("medvetslös*", "hon e medvetslos"));
        assert!(shown("*tablett", "en sömntablett"));
        assert!(shown("dricker @vätska", "dricker lite saften"));
        assert!(shown("rum <tal>", "hon i rum 12") && !shown("rum <tal>", "hon i rum tolv"));
    }

    #[test]
    fn names_are_known_or_written_as_names() {
        assert!(shown("har @namn", "har kalle ätit?") && shown("har @namn", "Har Åkes dotter ringt?"));
        assert!(shown("har @namn", "har Lindqvist ätit?"));
        for no_name in ["har Strandgården en lift?", "har MAS ett nummer?", "har Fyren stannat?", "Har vi nycklar?"] {
            assert!(!shown("har @namn", no_name), "{no_name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_question_and_no_list_is_too_odd(question in ".{0,120}", line in ".{0,40}") {
            shown(&line, &question);
        }
    }
}
