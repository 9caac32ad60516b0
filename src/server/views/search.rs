//! What does the search page show?
//!
//! Documents that fit the query, with their best passages.
//! Not here: how they are found ([`crate::retrieve`]).

use askama::Template;
use serde::Serialize;

use super::danger::DangerView;
use super::documents::{DocumentSummary, reference};
use super::links::{ask_url, encode};
use super::pages::Frame;
use super::text::{Segment, place, segments};

/// Lines of a passage that are shown of a hit.
const MOST_LINES: usize = 2;
/// Longest line in characters that is shown whole, and how much of a longer one is shown.
const LONGEST_LINE: usize = 260;
/// How much is shown before the first matched word of a line that is cut.
const BEFORE: usize = 80;

/// The stretch of a line around a place in it, cut between words.
fn window(characters: &[char], start: usize, end: usize, place: usize) -> (usize, usize) {
    if end - start <= LONGEST_LINE {
        return (start, end);
    }
    let is_space = |at: &usize| characters[*at] == ' ';
    let from = place.saturating_sub(BEFORE).max(start);
    let from = if from == start { start } else { (from..place).find(is_space).map_or(from, |space| space + 1) };
    let to = (from + LONGEST_LINE).min(end);
    let to = if to == end { end } else { (from + 1..to).rev().find(is_space).unwrap_or(to) };
    (from, to)
}

/// A passage that a search found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SearchPassage {
    /// The passage.
    pub passage: String,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page that it stands on, where the document has pages.
    pub page: Option<u32>,
    /// How surely its text was recognised, from 0 to 1, if any of it was read from a picture of a page.
    pub ocr_confidence: Option<f32>,
    /// The passage's text, or the part of it that is worth showing.
    pub text: String,
    /// Matched words as character ranges of `text`.
    pub highlights: Vec<(usize, usize)>,
    /// Address of the document opened at the passage.
    pub url: String,
}

impl SearchPassage {
    /// What of the text shows why it was found, with the matched words marked: the first lines that have one, long ones cut
    /// around it.
    pub fn excerpt(&self) -> Vec<Segment> {
        let characters: Vec<char> = self.text.chars().collect();
        let mut out = Vec::new();
        let mut shown = 0;
        for (start, end) in self.windows(&characters) {
            if start > shown {
                out.push(Segment::plain(if out.is_empty() { "… " } else { " … " }));
            } else if !out.is_empty() {
                out.push(Segment::plain(" "));
            }
            let within = self.highlights.iter().filter(|(from, to)| *from < end && *to > start);
            let marks: Vec<_> = within.map(|(from, to)| (from.saturating_sub(start), to.min(&end) - start)).collect();
            out.extend(segments(&characters[start..end].iter().collect::<String>(), &marks));
            // The end of the line is a character too.
            shown = end + 1;
        }
        if shown < characters.len() {
            out.push(Segment::plain(" …"));
        }
        out
    }

    /// The stretches of the text that are shown, in characters.
    fn windows(&self, characters: &[char]) -> Vec<(usize, usize)> {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in characters.split(|character| *character == '\n') {
            lines.push((start, start + line.len()));
            start += line.len() + 1;
        }
        // The longest mark says most: a phrase more than its words, a compound more than its part.
        let best = |&(start, end): &(usize, usize)| {
            let within = self.highlights.iter().filter(|(from, _)| (start..end).contains(from));
            within
                .min_by_key(|(from, to)| std::cmp::Reverse(to - from))
                .map(|(from, to)| (to - from, *from, start, end))
        };
        let mut marked: Vec<_> = lines.iter().filter_map(best).collect();
        if marked.is_empty() {
            return lines.iter().take(MOST_LINES).map(|&(start, end)| window(characters, start, end, start)).collect();
        }
        marked.sort_by_key(|(length, ..)| std::cmp::Reverse(*length));
        marked.truncate(MOST_LINES);
        marked.sort_by_key(|(_, from, ..)| *from);
        marked.into_iter().map(|(_, from, start, end)| window(characters, start, end, from)).collect()
    }

    /// Headings and page on one line; never empty, since it is the passage's link.
    pub fn place(&self) -> String {
        let place = place(&self.heading_path, self.page);
        if place.is_empty() { "Öppna stycket".to_owned() } else { place }
    }
}

/// A document that a search found, with its best passages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// How well it fits; for the API, not shown.
    pub score: f32,
    /// The document.
    pub document: DocumentSummary,
    /// Its best passages, best first.
    pub passages: Vec<SearchPassage>,
}

impl SearchHit {
    /// How to refer to one of its passages in a journal.
    pub fn reference(&self, passage: &SearchPassage) -> String {
        reference(&self.document, &passage.heading_path, passage.page)
    }
}

/// Something that hits can be narrowed down by, or put in order by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facet {
    /// Its name in addresses.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What can be chosen; one of them is.
    pub choices: Vec<Choice>,
}

/// Something that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its value in addresses; empty for the one that nothing is said of.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// How many documents it would leave.
    pub count: Option<usize>,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `GET /sok`: hits grouped by document.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "search.html", config = "src/server/web/askama.toml")]
pub struct SearchPage {
    /// What every page needs.
    pub frame: Frame,
    /// What was searched for; empty shows the start of the page.
    pub query: String,
    /// What comes before the hits, if the query tells of danger to life.
    pub danger: Option<DangerView>,
    /// The server's time in milliseconds.
    pub took_ms: u64,
    /// The hits, best first.
    pub hits: Vec<SearchHit>,
    /// How many were found; those that are shown are the first of them.
    pub total: usize,
    /// What they can be narrowed down by.
    pub facets: Vec<Facet>,
    /// Whether they are narrowed down or in an order of their own.
    pub narrowed: bool,
    /// Why the search could not be made, in Swedish.
    pub error: Option<String>,
}

impl SearchPage {
    /// "3 dokument", "Inga träffar".
    pub fn count_text(&self) -> String {
        match self.total {
            0 => "Inga träffar".to_owned(),
            1 => "1 dokument".to_owned(),
            many => format!("{many} dokument"),
        }
    }

    /// Address of a hit's document, with the words of the search marked.
    pub fn document_url(&self, hit: &SearchHit) -> String {
        format!("{}?sok={}", hit.document.url(), encode(&self.query))
    }

    /// Address of a passage, with the words of the search marked.
    pub fn passage_url(&self, passage: &SearchPassage) -> String {
        let (address, place) = passage.url.split_once('#').unwrap_or((&passage.url, "traff"));
        format!("{address}&sok={}#{place}", encode(&self.query))
    }

    /// Address of the same search, not narrowed down.
    pub fn plain_url(&self) -> String {
        format!("/sok?q={}", encode(&self.query))
    }

    /// Address of the ask page with the query as a question.
    pub fn ask_url(&self) -> String {
        ask_url(&self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, highlights: Vec<(usize, usize)>) -> String {
        let passage = SearchPassage { text: text.to_owned(), highlights, ..SearchPassage::default() };
        let mark = |segment: Segment| if segment.marked { format!("[{}]", segment.text) } else { segment.text };
        passage.excerpt().into_iter().map(mark).collect()
    }

    #[test]
    fn lines_with_matched_words_are_shown_and_long_ones_cut_around_them() {
        assert_eq!(
            shown("Första.\nAndra nyckeln.\nTredje.\nFjärde nyckel.", vec![(14, 21), (38, 44)]),
            "… Andra [nyckeln]. … Fjärde [nyckel]."
        );
        assert_eq!(shown("Första.\nAndra.\nTredje.", Vec::new()), "Första. Andra. …");
        let long = format!("{} nyckel {}", "ord ".repeat(100).trim_end(), "ord ".repeat(100).trim_end());
        let cut = shown(&long, vec![(400, 406)]);
        assert!(cut.starts_with("… ord ") && cut.contains("[nyckel]") && cut.ends_with("ord …"), "{cut}");
        assert!(cut.chars().count() < 300);
        assert_eq!(shown("", Vec::new()), "");
    }
}
