//! What do routines call what staff call something else?
//!
//! A list that people can read and edit, not a model: staff's words on the left, the routines' on the right.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::stems::stem;
use super::words::words;

const BUILT_IN: &str = include_str!("staff_words.txt");

static LIST: LazyLock<StaffWords> = LazyLock::new(|| StaffWords::parse(BUILT_IN));

/// Staff's words, by stem, with the words that routines use.
#[derive(Debug, Default)]
pub struct StaffWords {
    by_stem: HashMap<String, Vec<String>>,
}

impl StaffWords {
    /// Reads a list: `staff's words = routine words`, one meaning per line, `#` begins a comment.
    pub fn parse(text: &str) -> Self {
        let mut by_stem: HashMap<String, Vec<String>> = HashMap::new();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((staff, routine)) = line.split_once('=') else { continue };
            let routine: Vec<String> = words(routine).into_iter().map(|word| word.text).collect();
            for word in words(staff) {
                let entry = by_stem.entry(stem(&word.text)).or_default();
                let new: Vec<String> = routine.iter().filter(|text| !entry.contains(text)).cloned().collect();
                entry.extend(new);
            }
        }
        Self { by_stem }
    }

    /// The built-in list.
    pub fn built_in() -> &'static Self {
        &LIST
    }

    /// The words that routines use for those of a question, without those that the question has already.
    pub fn expand(&self, content_words: &[String]) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for word in content_words {
            for routine in self.by_stem.get(&stem(word)).into_iter().flatten() {
                let known = |other: &String| stem(other) == stem(routine);
                if !content_words.iter().any(known) && !out.iter().any(known) {
                    out.push(routine.clone());
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_words_lead_to_routine_words() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let list = StaffWords::built_in();
        assert!(list.expand(&words("gubben ramlade")).contains(&"fall".to_owned()));
        assert!(list.expand(&words("pillren")).contains(&"läkemedel".to_owned()));
        assert!(!list.expand(&words("läkemedel pillren")).contains(&"läkemedel".to_owned()));
    }
}
