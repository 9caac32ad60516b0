//! What do the marks in a search mean?
//!
//! `"exakt fras"` (with straight or typographic quotes) must stand in a passage, `-ord` and `-"en fras"` must not.

use crate::language::{stem, words};
use crate::retrieve::{Hit, Question, QuestionError};

/// A search with its marks taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Query {
    /// What passages are ranked by: the words outside and inside of phrases.
    question: Question,
    /// Words in lower case that must follow each other.
    phrases: Vec<Vec<String>>,
    /// Phrases that must not be there.
    without_phrases: Vec<Vec<String>>,
    /// Words that must not be there, nor any that begins with one of them or has its stem.
    without: Vec<String>,
}

impl Query {
    /// Takes a search apart. One that only says what must not be there has nothing to look for.
    pub(in crate::server) fn parse(text: &str) -> Result<Self, QuestionError> {
        let whole = Question::parse(text)?;
        let (mut phrases, mut without_phrases, mut without, mut rest) =
            (Vec::new(), Vec::new(), Vec::new(), String::new());
        for piece in pieces(whole.as_str()) {
            let found: Vec<String> = words(piece.text).into_iter().map(|word| word.text).collect();
            match (piece.excluded, piece.quoted) {
                (true, true) if !found.is_empty() => without_phrases.push(found),
                (true, false) => without.extend(found),
                (false, true) if !found.is_empty() => phrases.push(found),
                _ => {}
            }
            if !piece.excluded {
                rest.push(' ');
                rest.push_str(piece.text);
            }
        }
        Ok(Self { question: Question::parse(&rest)?, phrases, without_phrases, without })
    }

    /// What passages are ranked by.
    pub(in crate::server) fn question(&self) -> &Question {
        &self.question
    }

    /// The phrases that must be there.
    pub(in crate::server) fn phrases(&self) -> &[Vec<String>] {
        &self.phrases
    }

    /// Whether it has a phrase; what holds a phrase belongs here, however little else it has to do with it.
    pub(in crate::server) fn is_exact(&self) -> bool {
        !self.phrases.is_empty()
    }

    /// Whether a passage keeps to the marks; its headings and its document's title count too.
    pub(in crate::server) fn allows(&self, hit: &Hit) -> bool {
        if self.phrases.is_empty() && self.without_phrases.is_empty() && self.without.is_empty() {
            return true;
        }
        let passage = &hit.row.passage;
        let lines =
            std::iter::once(&hit.document.title).chain(&passage.heading_path).chain(std::iter::once(&passage.text));
        let lines: Vec<Vec<String>> =
            lines.map(|line| words(line).into_iter().map(|word| word.text).collect()).collect();
        self.allows_words(&lines)
    }

    fn allows_words(&self, lines: &[Vec<String>]) -> bool {
        let holds = |phrase: &Vec<String>| lines.iter().any(|line| line.windows(phrase.len()).any(|run| run == phrase));
        self.phrases.iter().all(holds)
            && !self.without_phrases.iter().any(holds)
            && !lines.iter().flatten().any(|word| self.without.iter().any(|left_out| is_form_of(word, left_out)))
    }
}

/// Whether a word is a form or the beginning of a compound of another one: `larmet` and `larmtelefon` are of `larm`.
fn is_form_of(word: &str, of: &str) -> bool {
    word.starts_with(of) || stem(word) == stem(of)
}

/// A stretch of a search between marks.
struct Piece<'a> {
    text: &'a str,
    excluded: bool,
    quoted: bool,
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '”' | '“' | '„' | '«' | '»')
}

/// Cuts a search at its quotes and spaces. A quote that is not closed reaches to the end, since people search while they
/// type.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let begun = rest.strip_prefix(['-', '–']);
        let excluded =
            begun.is_some_and(|after| after.starts_with(|next: char| next.is_alphanumeric() || is_quote(next)));
        let body = begun.filter(|_| excluded).unwrap_or(rest);
        let piece = if let Some(inner) = body.strip_prefix(is_quote) {
            let end = inner.find(is_quote).unwrap_or(inner.len());
            rest = inner[end..].trim_start_matches(is_quote);
            Piece { text: &inner[..end], excluded, quoted: true }
        } else {
            let end =
                body.find(|character: char| character.is_whitespace() || is_quote(character)).unwrap_or(body.len());
            rest = &body[end..];
            Piece { text: &body[..end], excluded, quoted: false }
        };
        out.push(piece);
        rest = rest.trim_start();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Vec<String>> {
        vec![words(text).into_iter().map(|word| word.text).collect()]
    }

    #[test]
    fn phrases_and_exclusions_decide() -> Result<(), QuestionError> {
        let query = Query::parse("nyckel \"utlämnad nyckel\" -bil")?;
        assert_eq!(query.question().as_str(), "nyckel utlämnad nyckel");
        assert!(query.is_exact());
        assert!(query.allows_words(&lines("En utlämnad nyckel ska kvitteras.")));
        assert!(!query.allows_words(&lines("En nyckel som är utlämnad.")));
        assert!(!query.allows_words(&lines("En utlämnad nyckel till bilens lås.")), "inflections are left out too");
        let typographic = Query::parse("”vid dödsfall” –\"på sjukhus\"")?;
        assert!(typographic.allows_words(&lines("Vid dödsfall hemma")));
        assert!(!typographic.allows_words(&lines("Vid dödsfall på sjukhus")));
        Ok(())
    }

    #[test]
    fn hyphens_in_words_and_open_quotes_are_taken_as_meant() -> Result<(), QuestionError> {
        let query = Query::parse("e-post 07-16 - \"öppen fras")?;
        assert!(query.allows_words(&lines("En öppen fras om e-post.")));
        assert!(query.without.is_empty());
        assert_eq!(Query::parse("-bara -sådant"), Err(QuestionError::Empty));
        Ok(())
    }
}
