//! Does the file itself say that a line is a heading?
//!
//! Tags and bookmarks know headings and their levels without looking at type sizes. Not here: headings that can only
//! be seen ([`super::style`]).

use std::collections::{BTreeMap, HashMap};

use pdf_extract::{Document, ObjectId};

use super::ink::Mark;
use super::outline::{Bookmark, bookmarks};
use super::structure::heading_tags;
use super::words::Line;

/// What tags and bookmarks say.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Levels by page and tagged piece; 0 is a title.
    tags: HashMap<(u32, u32), u8>,
    /// Bare titles and depths.
    bookmarks: Vec<(String, u8)>,
}

/// Shortest beginning of a bookmark's title that is taken for a heading's first line.
const LEAST_BEGINNING: usize = 12;

impl Hints {
    pub(super) fn of(document: &Document, pages: &BTreeMap<u32, ObjectId>) -> Self {
        let numbers: HashMap<ObjectId, u32> = pages.iter().map(|(number, id)| (*id, *number)).collect();
        let tags = heading_tags(document).into_iter();
        let tags = tags.filter_map(|((page, piece), level)| Some(((*numbers.get(&page)?, piece), level))).collect();
        Self::new(tags, bookmarks(document))
    }

    fn new(tags: HashMap<(u32, u32), u8>, bookmarks: Vec<Bookmark>) -> Self {
        let bare = bookmarks.into_iter().map(|mark| (bare(&mark.title), mark.depth));
        Self { tags, bookmarks: bare.filter(|(title, _)| title.len() > 1).collect() }
    }

    /// The level that the file gives the line, if it says that it is a heading; 0 is a title.
    pub(super) fn level(&self, line: &Line, page: u32) -> Option<u8> {
        let tagged = |mark: Mark| match mark {
            Mark::Content(piece) => self.tags.get(&(page, piece)).copied(),
            _ => None,
        };
        let levels: Vec<u8> = line.words.iter().filter_map(|word| tagged(word.mark)).collect();
        if levels.len() * 2 > line.words.len() {
            return levels.first().copied();
        }
        if self.bookmarks.is_empty() {
            return None;
        }
        let text = bare(&line.text());
        let whole = self.bookmarks.iter().find(|(title, _)| *title == text || without_number(&text) == title);
        let begins = |title: &str, text: &str| text.chars().count() >= LEAST_BEGINNING && title.starts_with(text);
        let beginning =
            || self.bookmarks.iter().find(|(title, _)| begins(title, &text) || begins(title, without_number(&text)));
        whole.or_else(beginning).map(|(_, depth)| *depth)
    }

    /// Whether `first` and `second` together are the title of a bookmark, or its beginning.
    pub(super) fn go_together(&self, first: &str, second: &str) -> bool {
        let text = bare(&format!("{first}{second}"));
        let begins = |title: &str, text: &str| !text.is_empty() && title.starts_with(text);
        self.bookmarks.iter().any(|(title, _)| begins(title, &text) || begins(title, without_number(&text)))
    }
}

/// Letters and digits in lower case.
fn bare(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().flat_map(char::to_lowercase).filter(|character| character.is_alphanumeric()).collect()
}

/// Bookmarks often leave out the number that stands before a heading. A number alone stays.
fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    if rest.is_empty() { text } else { rest }
}

#[cfg(test)]
mod tests {
    use super::super::words::Word;
    use super::*;

    fn line(text: &str, mark: Mark) -> Line {
        Line { words: vec![Word { text: text.to_owned(), mark, ..Word::default() }] }
    }

    #[test]
    fn tags_and_bookmarks_give_levels() {
        let marks = vec![Bookmark { title: "Vad gör jag vid ett larm?".to_owned(), depth: 2 }];
        let hints = Hints::new(HashMap::from([((3, 7), 1)]), marks);
        assert_eq!(hints.level(&line("Ansvar", Mark::Content(7)), 3), Some(1));
        assert_eq!(hints.level(&line("Ansvar", Mark::Content(7)), 4), None);
        assert_eq!(hints.level(&line("2.1 Vad gör jag vid", Mark::None), 1), Some(2));
        assert!(hints.go_together("2.1 Vad gör jag vid", "ett larm?"));
        assert_eq!(hints.level(&line("Vad gör", Mark::None), 1), None);
        assert_eq!(hints.level(&line("19850101-1234", Mark::None), 1), None);
        assert_eq!(hints.level(&line("2025-04-01 vad", Mark::None), 1), None);
        assert!(!hints.go_together("070-123", "45 67") && !hints.go_together("–", "–"));
    }
}
