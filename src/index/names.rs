//! Which documents does a text name by their titles?
//!
//! Routines send their readers to one another: "Då gäller Rutin när kunden inte öppnar dörren." Who asks about that wants
//! the routine that is named, not the one that names it.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{DocumentHead, DocumentNumber};

/// The titles of all documents of an index, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Names {
    automaton: Option<AhoCorasick>,
    /// The documents of each title; versions of one routine share theirs.
    numbers: Vec<Vec<DocumentNumber>>,
}

impl Names {
    pub(crate) fn of(heads: &[DocumentHead]) -> Self {
        // A title of one word ("Brandskydd") names a subject more often than a document.
        let named = heads.iter().filter(|head| head.title.split_whitespace().nth(1).is_some());
        let mut by_title: BTreeMap<String, Vec<DocumentNumber>> = BTreeMap::new();
        for head in named {
            by_title.entry(head.title.to_lowercase()).or_default().push(head.number);
        }
        let (titles, numbers): (Vec<String>, Vec<Vec<DocumentNumber>>) = by_title.into_iter().unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(titles);
        if let Err(error) = &automaton {
            tracing::warn!(%error, "titles cannot be looked for in texts");
        }
        Self { automaton: automaton.ok(), numbers }
    }

    /// The documents that a text names, in order, with repetitions.
    pub(crate) fn in_text(&self, text: &str) -> Vec<DocumentNumber> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let text = text.to_lowercase();
        automaton
            .find_iter(&text)
            .filter_map(|found| self.numbers.get(found.pattern().as_usize()))
            .flatten()
            .copied()
            .collect()
    }
}
