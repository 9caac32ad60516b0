//! What do abbreviations stand for, and what is abbreviated how?
//!
//! A list that people can read and edit. Read both ways: "MAS" finds "medicinskt ansvarig sjuksköterska" and the reverse.

use std::collections::HashMap;

use super::stems::{is_stop_word, stem};
use super::words::words;

const BUILT_IN: &str = include_str!("abbreviations.txt");

/// Abbreviations with what they stand for.
#[derive(Debug, Clone, Default)]
pub struct Abbreviations {
    /// By the abbreviation in lower case.
    entries: HashMap<String, Entry>,
    /// Stems of a meaning's words, and the abbreviation in lower case.
    written_out: Vec<(Vec<String>, String)>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    /// Words that carry meaning, per meaning.
    meanings: Vec<Vec<String>>,
    /// The abbreviation, if only capitals are it.
    only_as: Option<String>,
}

impl Abbreviations {
    /// The built-in list.
    pub fn built_in() -> Self {
        let mut out = Self::default();
        out.add(BUILT_IN);
        out
    }

    /// Adds a list: `ABBREVIATION = meaning; another meaning`, one per line, `#` begins a comment, `!` before an
    /// abbreviation that is another word in small letters. A line replaces an earlier one of the same abbreviation.
    pub fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((short, meanings)) = line.split_once('=') else { continue };
            let (short, capitals) = match short.trim().strip_prefix('!') {
                Some(short) => (short.trim(), true),
                None => (short.trim(), false),
            };
            let key = key(short);
            self.written_out.retain(|(_, other)| *other != key);
            let mut entry = Entry { meanings: Vec::new(), only_as: capitals.then(|| short.to_owned()) };
            for meaning in meanings.split(';').map(content).filter(|meaning| !meaning.is_empty()) {
                if meaning.len() > 1 {
                    self.written_out.push((meaning.iter().map(|word| stem(word)).collect(), key.clone()));
                }
                entry.meanings.push(meaning);
            }
            self.entries.insert(key, entry);
        }
    }

    /// Whether a word in lower case is an abbreviation or part of what one stands for.
    pub(super) fn knows(&self, word: &str) -> bool {
        let stem = stem(word);
        self.entries.contains_key(word) || self.written_out.iter().any(|(written, _)| written.contains(&stem))
    }

    /// What a word of a question stands for: the words of each meaning. `word` as it was typed.
    pub fn meanings(&self, word: &str) -> &[Vec<String>] {
        let entry = self.entries.get(&key(word));
        let meant = entry.filter(|entry| entry.only_as.as_ref().is_none_or(|capitals| capitals == word));
        meant.map_or(&[], |entry| &entry.meanings)
    }

    /// Abbreviations of what stands written out among stems that follow each other: the first and last stem's place,
    /// and the abbreviation in lower case.
    pub fn abbreviated<'a>(&'a self, stems: &'a [String]) -> impl Iterator<Item = (usize, usize, &'a str)> {
        self.written_out.iter().filter_map(|(written, short)| {
            let first = stems.windows(written.len()).position(|window| window == written.as_slice())?;
            Some((first, first + written.len() - 1, short.as_str()))
        })
    }
}

/// As [`words`] writes it: "P-ADL" is two words there, and stays out.
fn key(short: &str) -> String {
    short.to_lowercase()
}

fn content(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).filter(|word| !is_stop_word(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_understood_both_ways() {
        let list = Abbreviations::built_in();
        assert_eq!(list.meanings("MAS"), [["medicinskt", "ansvarig", "sjuksköterska"]]);
        assert_eq!(list.meanings("mas"), list.meanings("MAS"));
        let stems: Vec<String> =
            ["vem", "är", "medicinskt", "ansvariga", "sjuksköterskor"].iter().map(|word| stem(word)).collect();
        assert_eq!(list.abbreviated(&stems).collect::<Vec<_>>(), [(2, 4, "mas")]);
    }

    #[test]
    fn what_is_another_word_in_small_letters_is_one_only_in_capitals() {
        let list = Abbreviations::built_in();
        assert!(list.meanings("las").is_empty() && !list.meanings("LAS").is_empty());
    }

    #[test]
    fn a_sites_list_wins() {
        let mut list = Abbreviations::built_in();
        list.add("# ours\nMAS = matansvarig samordnare");
        assert_eq!(list.meanings("MAS"), [["matansvarig", "samordnare"]]);
        assert_eq!(list.abbreviated(&["medicinsk", "ansv", "sjukskötersk"].map(str::to_owned)).count(), 0);
    }
}
