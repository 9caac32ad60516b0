//! Whom can staff ask, by subject?
//!
//! A list that the site owns: `words of the subject = whom to ask`, one line each, `*` for everything else. The owner of a
//! routine comes from the routine itself; this is about functions that answer a phone.

use super::danger::ListError;
use crate::language::{content_words, stem};

/// A site's list of whom to ask; empty if it has none.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    entries: Vec<Entry>,
    otherwise: Option<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    stems: Vec<String>,
    whom: String,
}

/// A shorter stem says nothing as the beginning of a compound.
const SHORTEST_BEGINNING: usize = 5;

impl Contacts {
    /// Reads a list as the text of its file.
    pub fn parse(text: &str) -> Result<Self, ListError> {
        let mut out = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let error = |reason: &str| ListError { line: index + 1, reason: reason.to_owned() };
            let (subject, whom) =
                line.split_once('=').ok_or_else(|| error("a line is written as `words = whom to ask`"))?;
            let (subject, whom) = (subject.trim(), whom.trim().to_owned());
            if whom.is_empty() {
                return Err(error("whom to ask is missing after `=`"));
            }
            if subject == "*" {
                out.otherwise = Some(whom);
                continue;
            }
            let stems: Vec<String> = content_words(subject).iter().map(|word| stem(word)).collect();
            if stems.is_empty() {
                return Err(error("the subject's words are missing before `=`; `*` stands for everything else"));
            }
            out.entries.push(Entry { stems, whom });
        }
        Ok(out)
    }

    /// Whom to ask about the first of several texts that a line knows a word of; the line with most words counts, the
    /// earlier one of equals. What no line knows goes to the line `*`.
    pub fn for_texts(&self, texts: &[&str]) -> Option<&str> {
        texts.iter().find_map(|text| self.for_text(text)).or(self.otherwise.as_deref())
    }

    fn for_text(&self, text: &str) -> Option<&str> {
        let words = content_words(text);
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        let knows = |own: &String| {
            stems.contains(own)
                || own.len() >= SHORTEST_BEGINNING && words.iter().any(|word| word.starts_with(own.as_str()))
        };
        let counted = self.entries.iter().map(|entry| (entry.stems.iter().filter(|own| knows(own)).count(), entry));
        let best = counted.filter(|(count, _)| *count > 0).rev().max_by_key(|(count, _)| *count)?;
        Some(&best.1.whom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_knows_most_words_answers() -> Result<(), ListError> {
        let list = Contacts::parse(
            "# Lotsby\nläkemedel insulin = Sjuksköterska 0980-31 92 21\ninsulin delegering = MAS\n* = Din chef\n",
        )?;
        assert_eq!(list.for_texts(&["ny delegering på insulin"]), Some("MAS"));
        assert_eq!(list.for_texts(&["insulinpennan är slut"]), Some("Sjuksköterska 0980-31 92 21"));
        assert_eq!(list.for_texts(&["färdtjänst", "Rutin för läkemedel"]), Some("Sjuksköterska 0980-31 92 21"));
        assert_eq!(list.for_texts(&["färdtjänst"]), Some("Din chef"));
        assert_eq!(Contacts::default().for_texts(&["insulin"]), None);
        Ok(())
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told() {
        let line = |text: &str| Contacts::parse(text).map(|_| ()).map_err(|error| error.line);
        assert_eq!(line("# x\nläkemedel Sjuksköterska"), Err(2));
        assert_eq!(line("läkemedel ="), Err(1));
        assert_eq!(line(" = Sjuksköterska"), Err(1));
    }
}
