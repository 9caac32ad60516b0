//! What could someone who has begun to type be looking for?
//!
//! Titles and headings of the documents that may be followed, found by the beginnings of their words. Not here: earlier
//! questions, which never leave the device (`web/static/suggest.js`).

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::present;
use super::views::document_url;
use crate::index::{Index, IndexError};
use crate::ingest::BlockKind;
use crate::language::{fold_dots, words};

/// Longest heading in characters; what is longer is a sentence that was set as a heading.
const LONGEST: usize = 90;
/// In how many documents a heading may stand: "Syfte" and "Ansvar" lead nowhere in particular.
const DOCUMENTS: usize = 2;
/// Most headings of one document among the suggestions.
const OF_A_DOCUMENT: usize = 2;

/// A place that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// A document's title, or a heading.
    pub(crate) text: String,
    /// The title of the document that a heading stands in; `null` for a title.
    pub(crate) document: Option<String>,
    /// Address of the place.
    pub(crate) url: String,
}

#[derive(Debug)]
struct Entry {
    suggestion: Suggestion,
    words: Vec<String>,
}

/// What can be suggested over one generation of the index.
#[derive(Debug)]
pub(crate) struct Suggestions {
    generation: String,
    entries: Vec<Entry>,
}

impl Suggestions {
    /// Reads titles and headings of all documents that may be followed today.
    pub(crate) fn of(index: &Index) -> Result<Self, IndexError> {
        let today = present::today();
        let mut entries = Vec::new();
        let mut headings: HashMap<String, Vec<Entry>> = HashMap::new();
        for head in index.documents().iter().filter(|head| head.metadata.validity.standing(today).may_answer()) {
            let url = document_url(head.id.as_str());
            entries.push(Entry::new(&head.title, None, url.clone()));
            for (number, block) in index.blocks(head.number)?.into_iter().enumerate() {
                let text = without_number(&block.text);
                let is_heading = matches!(block.kind, BlockKind::Heading { .. });
                if is_heading && block.text != head.title && text.chars().count() <= LONGEST {
                    let entry = Entry::new(text, Some(head.title.clone()), format!("{url}#avsnitt-{number}"));
                    headings.entry(entry.words.join(" ")).or_default().push(entry);
                }
            }
        }
        entries.extend(headings.into_values().filter(|same| same.len() <= DOCUMENTS).flatten());
        // Titles before headings, short before long; the rest keeps the order the same from one start to the next.
        entries.sort_by_cached_key(|entry| {
            let suggestion = &entry.suggestion;
            (suggestion.document.is_some(), suggestion.text.chars().count(), suggestion.url.clone())
        });
        Ok(Self { generation: index.generation().to_owned(), entries })
    }

    /// Name of the generation that they are of.
    pub(crate) fn generation(&self) -> &str {
        &self.generation
    }

    /// The best of those in which every word that was typed begins a word. Whoever types without å, ä and ö finds the
    /// same.
    pub(crate) fn find(&self, typed: &str, limit: usize) -> Vec<&Suggestion> {
        let typed = folded_words(typed);
        if typed.is_empty() {
            return Vec::new();
        }
        let begins = |entry: &Entry, word: &str| entry.words.iter().any(|there| there.starts_with(word));
        let fits = |entry: &&Entry| typed.iter().all(|word| begins(entry, word));
        let mut found: Vec<&Entry> = self.entries.iter().filter(fits).collect();
        // What begins with the first word that was typed comes first.
        found.sort_by_key(|entry| !entry.words.first().is_some_and(|first| first.starts_with(typed[0].as_str())));
        let mut out: Vec<&Suggestion> = Vec::new();
        for suggestion in found.into_iter().map(|entry| &entry.suggestion) {
            let of_document = |other: &&&Suggestion| other.document.is_some() && other.document == suggestion.document;
            if out.iter().filter(of_document).count() < OF_A_DOCUMENT {
                out.push(suggestion);
            }
            if out.len() == limit {
                break;
            }
        }
        out
    }
}

impl Entry {
    fn new(text: &str, document: Option<String>, url: String) -> Self {
        Self { words: folded_words(text), suggestion: Suggestion { text: text.to_owned(), document, url } }
    }
}

fn folded_words(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| fold_dots(&word.text)).collect()
}

/// A heading without the number before it.
fn without_number(text: &str) -> &str {
    let Some((number, rest)) = text.split_once(' ') else { return text };
    let is_part = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if number.split('.').all(is_part) { rest.trim_start() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestions(entries: &[(&str, Option<&str>)]) -> Suggestions {
        let entry =
            |(text, document): &(&str, Option<&str>)| Entry::new(text, document.map(str::to_owned), String::new());
        Suggestions { generation: String::new(), entries: entries.iter().map(entry).collect() }
    }

    #[test]
    fn beginnings_of_words_are_found_also_without_dots() {
        let all = suggestions(&[
            ("Rutin vid dödsfall", None),
            ("Dödsboets nycklar", Some("Nyckelrutin")),
            ("Nycklar som försvinner", Some("Nyckelrutin")),
        ]);
        let texts = |typed: &str| all.find(typed, 6).iter().map(|found| found.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts("döds"), ["Dödsboets nycklar", "Rutin vid dödsfall"]);
        assert_eq!(texts("rutin dods"), ["Rutin vid dödsfall"]);
        assert_eq!(texts("ödsfall"), Vec::<String>::new());
        assert_eq!(texts(" ?"), Vec::<String>::new());
    }

    #[test]
    fn numbers_before_headings_go() {
        assert_eq!(without_number("4.2 Delegering"), "Delegering");
        assert_eq!(without_number("1. Ring 112"), "Ring 112");
        assert_eq!(without_number("112 ringer du"), "112 ringer du");
        assert_eq!(without_number("24-timmarsregeln"), "24-timmarsregeln");
    }
}
