//! Which headings, paragraphs, list items and table rows do the recognised words form?
//!
//! Words between the lines of a table become its cells; of the rest, size makes headings, gaps make tables without
//! lines, marks make lists, and lines that follow each other make paragraphs. Not here: what a label or a column's name
//! means (the [`Collector`]).

use std::collections::HashMap;

use super::RecognisedPage;
use super::lines::{BULLETS, Line, body_size, lines};
use super::picture::Grid;
use super::tables::{cells, gapped_table, place};
use super::words::Word;
use crate::ingest::readers::collect::{Collector, Row};

/// A piece of a recognised page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// A heading and how much larger than the text it is set.
    Heading(String, f32),
    Paragraph(String),
    Item {
        marker: String,
        text: String,
    },
    Table(Vec<Vec<String>>),
}

/// Larger than the text by this much is a heading.
const HEADING: f32 = 1.17;
/// No heading is longer.
const HEADING_CHARACTERS: usize = 140;
/// The parts of a page in reading order.
pub(super) fn parts(words: &[Word], grids: &[Grid]) -> Vec<Part> {
    let cell_of = |word: &Word| grids.iter().enumerate().find_map(|(number, grid)| Some((number, place(grid, word)?)));
    let (inside, outside): (Vec<&Word>, Vec<&Word>) = words.iter().partition(|word| cell_of(word).is_some());
    // Each table stands where its upper edge is.
    let mut tables: Vec<(usize, Part)> = Vec::new();
    for (number, grid) in grids.iter().enumerate() {
        let mine: Vec<&Word> =
            inside.iter().copied().filter(|word| cell_of(word).is_some_and(|(table, _)| table == number)).collect();
        let rows = cells(grid, &mine);
        if !rows.is_empty() {
            tables.push((grid.rows.first().copied().unwrap_or(0), Part::Table(rows)));
        }
    }
    tables.sort_by_key(|(top, _)| *top);
    let lines = lines(&outside);
    let body = body_size(&lines);
    let mut out = Vec::new();
    let mut tables = tables.into_iter().peekable();
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let below = |top: usize| top <= line.top && !lines[at..].iter().any(|later| later.bottom <= top);
        if let Some((_, table)) = tables.next_if(|(top, _)| below(*top)) {
            out.push(table);
            continue;
        }
        let stop = tables.peek().map_or(usize::MAX, |(top, _)| *top);
        let take = lines[at..].iter().take_while(|later| later.top < stop || line.top >= stop).count().max(1);
        at += next_part(&lines[at..at + take], body, &mut out);
    }
    out.extend(tables.map(|(_, table)| table));
    out
}

/// Makes one part of the lines at hand; gives how many it took.
fn next_part(lines: &[Line], body: f32, out: &mut Vec<Part>) -> usize {
    let Some(first) = lines.first() else { return 1 };
    if let Some((rows, taken)) = gapped_table(lines) {
        out.push(Part::Table(rows));
        return taken;
    }
    if is_heading(first, body) {
        let more =
            lines[1..].iter().take(2).take_while(|line| is_heading(line, body) && line.paragraph == first.paragraph);
        let taken = 1 + more.count();
        let texts: Vec<String> = lines[..taken].iter().map(Line::text).collect();
        out.push(Part::Heading(joined(&texts), first.size / body));
        return taken;
    }
    let marker = marker(first);
    let text_left = first.words.get(1).map_or(first.left, |word| word.area.left);
    let mut texts = vec![first.text()];
    let mut taken = 1;
    for line in &lines[1..] {
        let follows = if marker.is_some() {
            // The lines of an item are indented as its text is.
            line.left + (body as usize) / 2 >= text_left && line.top < lines[taken - 1].bottom + (body as usize)
        } else {
            line.paragraph == first.paragraph || goes_on(&lines[taken - 1], line)
        };
        if !follows || is_heading(line, body) || self::marker(line).is_some() || gapped_table(&lines[taken..]).is_some()
        {
            break;
        }
        texts.push(line.text());
        taken += 1;
    }
    let text = joined(&texts);
    out.push(match marker {
        Some(marker) => {
            let rest = text.split_once(' ').map_or("", |(_, rest)| rest).to_owned();
            Part::Item { marker, text: rest }
        }
        None => Part::Paragraph(text),
    });
    taken
}

/// A sentence that goes on in the next line is one paragraph, whatever tesseract made of it.
fn goes_on(line: &Line, next: &Line) -> bool {
    let open = !line.text().ends_with(['.', ':', '!', '?']);
    let small = line.text().chars().count() > 40 && next.text().starts_with(char::is_lowercase);
    let near = next.middle().saturating_sub(line.middle()) as f32;
    open && small && near < line.size * 2.2 && next.left.abs_diff(line.left) as f32 <= line.size
}

fn is_heading(line: &Line, body: f32) -> bool {
    let text = line.text();
    line.size >= body * HEADING
        && text.chars().count() <= HEADING_CHARACTERS
        && text.chars().filter(|character| character.is_alphabetic()).count() >= 3
        && !text.ends_with([',', ';'])
}

/// A list mark at the start of a line, as it is to be shown.
fn marker(line: &Line) -> Option<String> {
    let (first, second) = (line.words.first()?, line.words.get(1)?);
    let text = first.text.as_str();
    let number = text.strip_suffix(['.', ')']).is_some_and(|bare| {
        !bare.is_empty()
            && (bare.len() <= 2 && bare.bytes().all(|byte| byte.is_ascii_digit())
                || bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_lowercase()))
    });
    if number {
        return Some(text.to_owned());
    }
    // The letters among the marks are words too: a mark stands apart and before a capital letter or a word.
    let apart = second.area.left.saturating_sub(first.area.right()) as f32 > first.size.min(second.size) * 0.3;
    (BULLETS.contains(&text) && apart).then(|| "•".to_owned())
}

/// Lines as one text; a word that was broken at the end of a line is made whole.
pub(super) fn joined(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        let broken = out.strip_suffix(['-', '\u{ad}', '¬']).is_some_and(|before| before.ends_with(char::is_alphabetic));
        let first = line.split(' ').next().unwrap_or("");
        // "vård- och omsorg" keeps its hyphen.
        let goes_on = line.starts_with(char::is_lowercase) && !matches!(first, "och" | "eller" | "samt");
        if broken && goes_on {
            out.pop();
        } else if broken && !matches!(first, "och" | "eller" | "samt") {
            // "LSS-" and "Boende": the hyphen is the word's own.
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

/// Takes away what stands at the upper or lower edge of most pages, and bare page numbers.
pub(super) fn without_furniture(mut pages: Vec<RecognisedPage>) -> Vec<RecognisedPage> {
    let key = |part: &Part| match part {
        Part::Paragraph(text) | Part::Heading(text, _) if text.chars().count() <= 120 => {
            Some(text.chars().filter(|character| !character.is_ascii_digit()).collect::<String>().to_lowercase())
        }
        _ => None,
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for page in &pages {
        let edges = page.parts.first().into_iter().chain(page.parts.last().filter(|_| page.parts.len() > 1));
        for key in edges.filter_map(key) {
            *seen.entry(key).or_default() += 1;
        }
    }
    let least = (pages.len().div_ceil(2)).max(2);
    let count = pages.len();
    for page in &mut pages {
        let goes = |part: &Part, first_page: bool| {
            let Some(key) = key(part) else { return false };
            let bare = key.trim().trim_matches(['(', ')', '-', '–', '.']).trim();
            let number = matches!(bare, "" | "sida" | "sid" | "sida  av" | "sida av" | "av");
            // The first page keeps what may be a title or speak of the document.
            number || (!first_page && count > 1 && seen.get(&key).is_some_and(|times| *times >= least))
        };
        let first_page = page.page == 1;
        if page.parts.last().is_some_and(|part| goes(part, first_page)) {
            page.parts.pop();
        }
        if page.parts.first().is_some_and(|part| goes(part, first_page)) {
            page.parts.remove(0);
        }
    }
    pages
}

/// Pours a page's parts out as blocks.
pub(super) fn pour(page: RecognisedPage, out: &mut Collector) {
    let number = Some(page.page);
    for part in page.parts {
        match part {
            Part::Heading(text, size) => {
                let level = if size >= 1.6 {
                    1
                } else if size >= 1.3 {
                    2
                } else {
                    3
                };
                out.heading(level, &text, number);
            }
            Part::Paragraph(text) => out.paragraph(&text, number),
            Part::Item { marker, text } => out.item(0, &marker, &text, number),
            Part::Table(rows) => {
                out.table(None, rows.into_iter().map(|cells| Row { cells, page: number }).collect());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_broken_at_the_end_of_a_line() {
        let of = |lines: &[&str]| joined(&lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
        assert_eq!(
            of(&["Kontakta sjuk-", "sköterskan på vård-", "och omsorgsboendet"]),
            "Kontakta sjuksköterskan på vård- och omsorgsboendet"
        );
        assert_eq!(of(&["enligt LSS-", "Boendet"]), "enligt LSS-Boendet");
    }

    #[test]
    fn edges_that_come_back_go() {
        let page = |page: u32, texts: &[&str]| RecognisedPage {
            page,
            confidence: 0.9,
            parts: texts.iter().map(|&text| Part::Paragraph(text.to_owned())).collect(),
        };
        let pages = without_furniture(vec![
            page(1, &["Lotsby kommun", "Ett", "Sida 1 av 3"]),
            page(2, &["Lotsby kommun", "Två", "Sida 2 av 3"]),
            page(3, &["Lotsby kommun", "Tre"]),
        ]);
        let counts: Vec<usize> = pages.iter().map(|page| page.parts.len()).collect();
        assert_eq!(counts, [2, 1, 1]);
    }
}
