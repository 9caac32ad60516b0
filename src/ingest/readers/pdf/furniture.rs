//! Which lines are page headers and footers?
//!
//! Lines near the edge that say the same at the same height on most pages, apart from the page's number, and bare
//! page numbers. Other numbers must agree: rows of a table may well differ in a number only. Not here: the table of facts that stands in some page headers, which [`super`] takes as properties.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::words::{Line, Page, lines};

/// Share of the page's height, from either edge, where headers and footers stand.
const EDGE: f64 = 0.16;

static PAGE_NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^(?:sid(?:a|an|nr)?\.?\s*)?\d{1,4}(?:\s*(?:av|\(|/|of)\s*\d{1,4}\)?)?$").ok());

/// Removes page headers and footers from the pages; gives their texts, once each.
pub(super) fn remove(pages: &mut [Page]) -> Vec<String> {
    let count = pages.len().to_string();
    let mut seen: HashMap<(String, i64), Vec<u32>> = HashMap::new();
    for page in pages.iter() {
        for line in edge_lines(page) {
            let key = key(&line, page, &count);
            for height in [key.1 - 1, key.1, key.1 + 1] {
                let on = seen.entry((key.0.clone(), height)).or_default();
                if on.last() != Some(&page.number) {
                    on.push(page.number);
                }
            }
        }
    }
    let least = (pages.len() / 2).max(2);
    let mut facts = Vec::new();
    for page in pages.iter_mut() {
        for line in edge_lines(page) {
            let repeated = seen.get(&key(&line, page, &count)).is_some_and(|on| on.len() >= least);
            let text = line.text();
            if repeated || PAGE_NUMBER.as_ref().is_some_and(|pattern| pattern.is_match(&text)) {
                page.words.retain(|word| !line.words.contains(word));
                for chunk in line.chunks() {
                    let text = super::words::join(chunk);
                    if !facts.contains(&text) {
                        facts.push(text);
                    }
                }
            }
        }
    }
    facts
}

fn edge_lines(page: &Page) -> Vec<Line> {
    let height = page.top - page.bottom;
    lines(&page.words)
        .into_iter()
        .filter(|line| line.y() > page.top - EDGE * height || line.y() < page.bottom + EDGE * height)
        .collect()
}

/// The text with a sign for the page's number and the number of pages, and the height on the page in steps of six points.
fn key(line: &Line, page: &Page, count: &str) -> (String, i64) {
    let number = page.number.to_string();
    let text = line.text();
    let mut folded = String::with_capacity(text.len());
    for part in text.split_inclusive(|character: char| !character.is_ascii_digit()) {
        let digits = part.trim_end_matches(|character: char| !character.is_ascii_digit());
        folded.push_str(if digits == number || digits == count { "#" } else { digits });
        folded.push_str(&part[digits.len()..]);
    }
    (folded, ((line.y() - page.bottom) / 6.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::super::words::Word;
    use super::*;

    fn page(number: u32, texts: &[(&str, f64)]) -> Page {
        let word = |(text, y): &(&str, f64)| Word {
            text: (*text).to_owned(),
            x0: 70.0,
            x1: 200.0,
            y: *y,
            size: 9.0,
            ..Word::default()
        };
        Page { number, words: texts.iter().map(word).collect(), bottom: 0.0, top: 842.0, ..Page::default() }
    }

    #[test]
    fn repeated_edges_go_and_the_text_stays() {
        let mut pages: Vec<Page> = (1..=10)
            .map(|number| {
                let foot = format!("Sida {number} av 10");
                page(
                    number,
                    &[
                        ("Lotsby kommun", 800.0),
                        ("Ring 112", 400.0),
                        (&foot, 40.0),
                        (if number == 3 { "Slut" } else { "Mer" }, 780.0 - f64::from(number) * 8.0),
                    ],
                )
            })
            .collect();
        let facts = remove(&mut pages);
        assert!(facts.contains(&"Lotsby kommun".to_owned()));
        assert_eq!(pages[0].words.len(), 2);
    }
}
