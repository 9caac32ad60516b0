//! Which lines are page headers and footers?
//!
//! Lines near the edge that say the same at the same height on several pages, apart from the page's number; bare page
//! numbers; what a tagged file calls an artifact; what a rule across the page cuts off from the text; and the lines
//! that browsers print. Not here: the table of facts that stands in some page headers, which [`super`] takes as
//! properties.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::ink::Mark;
use super::words::{Line, Page, join, lines};
use super::zones::extent;

/// Share of the page's height, from either edge, where headers and footers stand.
const EDGE: f64 = 0.16;
/// The same, for what only a rule tells.
const RULED_EDGE: f64 = 0.12;

static PAGE_NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:[-–—]\s*)?(?:sid(?:a|an|nr)?\.?\s*|page\s*)?\d{1,4}(?:\s*(?:av|\(|/|of)\s*\d{1,4}\)?)?(?:\s*[-–—])?$",
    )
    .ok()
});
/// The address and page number that browsers print below.
static BROWSER_FOOT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:https?://|file:///|about:)\S*\s+\d+\s*(?:/|av|of)\s*\d+$").ok());
/// The date, time and title that browsers print above.
static BROWSER_HEAD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},? (?:kl\.? )?\d{1,2}[:.]\d{2}").ok());

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// A line near the edge of a page.
struct Edge {
    line: Line,
    text: String,
    page: u32,
    /// Height on the page from its lower edge.
    height: f64,
    /// Distance to the nearest line towards the page's middle.
    apart: f64,
    /// Nothing stands between it and the page's edge.
    outermost: bool,
}

/// Removes page headers and footers from the pages; gives their texts, once each.
pub(super) fn remove(pages: &mut [Page]) -> Vec<String> {
    let edges: Vec<Vec<Edge>> = pages.iter().map(edge_lines).collect();
    let mut shapes: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (page, lines) in edges.iter().enumerate() {
        for (index, edge) in lines.iter().enumerate() {
            shapes.entry(masked(&edge.text)).or_default().push((page, index));
        }
    }
    let least = (pages.len() / 2).max(2);
    let mut taken: Vec<Vec<bool>> = edges.iter().map(|lines| vec![false; lines.len()]).collect();
    for (page, lines) in edges.iter().enumerate() {
        let browser = lines.iter().any(|edge| is(&BROWSER_FOOT, &edge.text));
        for (index, edge) in lines.iter().enumerate() {
            let alike = shapes.get(&masked(&edge.text)).map_or(0, |places| {
                let mut on: Vec<u32> = places
                    .iter()
                    .map(|(page, index)| &edges[*page][*index])
                    .filter(|other| same(edge, other))
                    .map(|other| other.page)
                    .collect();
                on.dedup();
                on.len()
            });
            taken[page][index] = alike >= least
                || is(&PAGE_NUMBER, &edge.text)
                || is(&BROWSER_FOOT, &edge.text)
                || (browser && is(&BROWSER_HEAD, &edge.text))
                || edge.line.words.iter().all(|word| word.mark == Mark::Artifact)
                || cut_off(&pages[page], edge);
        }
    }
    // A header that differs from page to page, or on the first, stands where the others stand.
    let mut more = Vec::new();
    for (page, lines) in edges.iter().enumerate() {
        for (index, edge) in lines.iter().enumerate().filter(|(index, edge)| !taken[page][*index] && edge.outermost) {
            let there = |other: usize| {
                let at = |(other, taken): (&Edge, &bool)| {
                    *taken
                        && (other.height - edge.height).abs() < 4.0
                        && (other.line.size() - edge.line.size()).abs() < 1.0
                };
                other != page && edges[other].iter().zip(&taken[other]).any(at)
            };
            let count = (0..edges.len()).filter(|other| there(*other)).count();
            if count > 0 && count * 2 >= pages.len() - 1 && edge.apart > 1.8 * edge.line.size() {
                more.push((page, index));
            }
        }
    }
    for (page, index) in more {
        taken[page][index] = true;
    }
    let mut facts = Vec::new();
    for ((page, lines), taken) in pages.iter_mut().zip(&edges).zip(&taken) {
        for (edge, _) in lines.iter().zip(taken).filter(|(_, taken)| **taken) {
            page.words.retain(|word| !edge.line.words.contains(word));
            for chunk in edge.line.chunks() {
                let text = join(chunk);
                if !facts.contains(&text) {
                    facts.push(text);
                }
            }
        }
    }
    facts
}

fn edge_lines(page: &Page) -> Vec<Edge> {
    let height = page.top - page.bottom;
    let all = lines(&page.words);
    let ys: Vec<f64> = all.iter().map(Line::y).collect();
    let mut out = Vec::new();
    for (index, line) in all.into_iter().enumerate() {
        let y = ys[index];
        let above = y > page.top - EDGE * height;
        if !above && y >= page.bottom + EDGE * height {
            continue;
        }
        let inward = if above { ys.get(index + 1) } else { index.checked_sub(1).and_then(|index| ys.get(index)) };
        out.push(Edge {
            text: line.text(),
            page: page.number,
            height: y - page.bottom,
            apart: inward.map_or(f64::INFINITY, |inward| (inward - y).abs()),
            outermost: if above { index == 0 } else { index + 1 == ys.len() },
            line,
        });
    }
    out
}

/// The text without the page's number at its end, which differs from page to page, and in scans in more than that.
fn without_page(text: &str) -> &str {
    let place = ["Sida ", "sida ", "Sid ", "sid "].iter().filter_map(|word| text.rfind(word)).max();
    let is_number = |rest: &str| rest.chars().count() <= 16 && rest.chars().any(|character| character.is_ascii_digit());
    place.map(|place| text.split_at(place)).filter(|(_, rest)| is_number(rest)).map_or(text, |(before, _)| before)
}

/// The text with one sign for each number.
fn masked(text: &str) -> String {
    let text = without_page(text);
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii_digit() {
            out.push(character);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

fn numbers(text: &str) -> impl Iterator<Item = i64> {
    text.split(|character: char| !character.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

/// Whether two lines of the same masked text are one header: at one height, with the same numbers but for one that
/// counts the pages.
fn same(first: &Edge, second: &Edge) -> bool {
    let pages = i64::from(second.page) - i64::from(first.page);
    (first.height - second.height).abs() < 8.0
        && numbers(without_page(&first.text))
            .zip(numbers(without_page(&second.text)))
            .all(|(a, b)| a == b || b - a == pages)
}

/// Whether a rule about as wide as the text stands between the line and the text, close to it.
fn cut_off(page: &Page, edge: &Edge) -> bool {
    let (y, size) = (edge.line.y(), edge.line.size());
    let height = page.top - page.bottom;
    let above = y > page.top - RULED_EDGE * height;
    if !above && y > page.bottom + RULED_EDGE * height {
        return false;
    }
    let (left, right) = extent(&page.words);
    let usual = {
        let mut sizes: Vec<f64> = page.words.iter().map(|word| word.size).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.get(sizes.len() / 2).copied().unwrap_or(size)
    };
    let ruled = page.rules.iter().any(|rule| {
        let flat = rule.y1 - rule.y0 < 1.0 && rule.x1 - rule.x0 > 0.7 * (right - left);
        let near = if above { y - rule.y0 } else { rule.y0 - y };
        let alone = || {
            let touches = |other: &&super::ink::Rule| {
                other.y1 - other.y0 > 4.0 && other.y0 <= rule.y1 + 2.0 && other.y1 >= rule.y0 - 2.0
            };
            !page.rules.iter().any(|other| touches(&other))
        };
        flat && (0.0..2.5 * size).contains(&near) && alone()
    });
    // What stands beyond the rule is small type, a line or two of it.
    let beyond = || lines(&page.words).iter().filter(|line| if above { line.y() >= y } else { line.y() <= y }).count();
    // Under the header row of a table its rows follow at once.
    ruled && size <= 1.05 * usual && edge.apart > 2.0 * size && beyond() <= 2
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
                let address = format!("Storgatan 1, version 3, sid {number}");
                page(
                    number,
                    &[
                        ("Lotsby kommun", 800.0),
                        ("Ring 112", 400.0),
                        (&foot, 40.0),
                        (&address, 50.0),
                        (if number == 3 { "Slut" } else { "Mer" }, 780.0 - f64::from(number) * 8.0),
                    ],
                )
            })
            .collect();
        let facts = remove(&mut pages);
        assert!(facts.contains(&"Lotsby kommun".to_owned()));
        assert_eq!(pages[0].words.len(), 2);
    }

    #[test]
    fn a_header_of_a_scan_goes_though_its_numbers_are_misread() {
        let mut pages = vec![
            page(1, &[("Lotsby kommun Sida 1 2", 800.0), ("Ring 112", 400.0)]),
            page(2, &[("Lotsby kommun Sida 212)", 799.0), ("Slut", 400.0)]),
        ];
        remove(&mut pages);
        assert_eq!(pages.iter().map(|page| page.words.len()).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn rows_that_differ_in_a_number_are_no_header() {
        let mut pages = vec![page(1, &[("Skåp 4", 780.0)]), page(2, &[("Skåp 9", 780.0)])];
        remove(&mut pages);
        assert_eq!(pages[0].words.len() + pages[1].words.len(), 2);
    }

    #[test]
    fn what_a_browser_prints_on_a_single_page() {
        let texts = [("2025-03-01 08:15 Rutin", 820.0), ("Texten", 500.0), ("https://lotsby.example/rutin 1/1", 20.0)];
        let mut pages = vec![page(1, &texts)];
        remove(&mut pages);
        assert_eq!(pages[0].words.len(), 1);
    }
}
