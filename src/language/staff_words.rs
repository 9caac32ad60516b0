//! What do routines call what staff call something else?
//!
//! A list that people can read and edit, not a model: staff's words on the left, the routines' on the right.

use std::collections::{HashMap, HashSet};

use super::stems::stem;
use super::words::words;

const BUILT_IN: &str = include_str!("staff_words.txt");

/// Staff's words, by stem, with the words that routines use.
#[derive(Debug, Clone, Default)]
pub(super) struct StaffWords {
    by_stem: HashMap<String, Vec<String>>,
    /// Stems of the routines' words.
    routine: HashSet<String>,
}

impl StaffWords {
    /// The built-in list.
    pub(super) fn built_in() -> Self {
        let mut out = Self::default();
        out.add(BUILT_IN);
        out
    }

    /// Adds a list: `staff's words = routine words`, one meaning per line, `#` begins a comment.
    pub(super) fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((staff, routine)) = line.split_once('=') else { continue };
            let routine: Vec<String> = words(routine).into_iter().map(|word| word.text).collect();
            self.routine.extend(routine.iter().map(|word| stem(word)));
            for word in words(staff) {
                let entry = self.by_stem.entry(stem(&word.text)).or_default();
                let new: Vec<String> = routine.iter().filter(|text| !entry.contains(text)).cloned().collect();
                entry.extend(new);
            }
        }
    }

    /// Whether a word is in the list, inflected or not.
    pub(super) fn knows(&self, word: &str) -> bool {
        let stem = stem(word);
        self.by_stem.contains_key(&stem) || self.routine.contains(&stem)
    }

    /// The words that routines use for those with this stem.
    pub(super) fn of_stem(&self, stem: &str) -> &[String] {
        self.by_stem.get(stem).map_or(&[], Vec::as_slice)
    }
}
