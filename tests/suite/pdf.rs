//! How much of a PDF's text does the reader get right, and what does each of its parsers contribute?
//!
//! The files in tests/fixtures/pdf are made from texts that are known word by word; beside each lies its truth, made
//! from the source and not from the PDF. The table that is printed compares the two parsers alone and the choice that
//! the reader makes page by page. Not here: what the readers make of other formats ([`crate::readers`]).

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rutinlots::ingest::readers::{PdfParser, read_pdf_with};
use rutinlots::ingest::{BlockKind, ReadError, Reading, fold_whitespace};
use serde::Deserialize;

/// What a file says, from its source.
#[derive(Deserialize)]
struct Truth {
    /// Blocks in reading order.
    text: Vec<String>,
    /// Level and text.
    headings: Vec<(u8, String)>,
    rows: Vec<Vec<String>>,
    /// Visible text and address.
    links: Vec<(String, String)>,
    #[serde(default)]
    facts: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pages_without_text: Vec<u32>,
    /// The text layer comes from character recognition, which has its own faults.
    #[serde(default)]
    scanned: bool,
}

/// Shares from 0 to 1.
#[derive(Clone, Copy)]
struct Score {
    words: f64,
    word_count: usize,
    headings: f64,
    heading_precision: f64,
    levels: f64,
    rows: f64,
    row_count: usize,
    heading_count: usize,
}

/// The files that are checked in, or others that `make_pdfs.py` made.
fn folder() -> PathBuf {
    let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pdf");
    std::env::var_os("RUTINLOTS_PDF_FOLDER").map_or_else(own, PathBuf::from)
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pdf"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn truth(name: &str) -> Truth {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.pdf"))).unwrap()
}

/// Words without what typesetting may change: the form of quotation marks, raised note marks, `(a)` for `a.`.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in fold_whitespace(text).split(' ') {
        let mut word: String = word
            .chars()
            .map(|character| match character {
                '”' | '“' | '„' => '"',
                '’' | '‘' => '\'',
                '−' | '‐' => '-',
                other => other,
            })
            .filter(|character| !"¹²³⁰⁴⁵⁶⁷⁸⁹".contains(*character))
            .collect();
        let bare = word.trim_matches(['(', ')', '.']);
        if bare.chars().count() <= 2 && bare.len() < word.len() {
            word = bare.to_string();
        }
        if !word.is_empty() {
            out.push(word);
        }
    }
    out
}

fn words_of(reading: &Reading) -> Vec<String> {
    let mut out = Vec::new();
    let mut names: &[String] = &[];
    for block in &reading.blocks {
        match &block.kind {
            BlockKind::TableRow { columns, cells } => {
                if columns != names && columns.iter().any(|name| !name.is_empty()) {
                    out.extend(columns.iter().flat_map(|name| words(name)));
                }
                names = columns;
                out.extend(cells.iter().flat_map(|cell| words(cell)));
            }
            BlockKind::ListItem { marker, .. } => {
                names = &[];
                if marker.chars().any(char::is_alphanumeric) {
                    out.extend(words(marker));
                }
                out.extend(words(&block.text));
            }
            _ => {
                names = &[];
                out.extend(words(&block.text));
            }
        }
    }
    out
}

fn edit_distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Takes each of `wanted` out of `found` once; gives those that were there.
fn matched<T: PartialEq + Clone>(wanted: &[T], found: &[T]) -> usize {
    let mut left = found.to_vec();
    let take = |item: &&T| left.iter().position(|other| other == *item).map(|place| left.swap_remove(place)).is_some();
    wanted.iter().filter(take).count()
}

fn rows_of(reading: &Reading) -> Vec<Vec<String>> {
    let filled =
        |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).map(|cell| words(cell).join(" ")).collect();
    reading
        .blocks
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::TableRow { cells, .. } => Some(filled(cells)),
            _ => None,
        })
        .collect()
}

fn headings_of(reading: &Reading) -> Vec<(u8, String)> {
    let headings = reading.blocks.iter().filter_map(|block| match block.kind {
        BlockKind::Heading { level } => Some((level, words(&block.text).join(" "))),
        _ => None,
    });
    headings.collect()
}

fn score(truth: &Truth, reading: &Reading) -> Score {
    let wanted: Vec<String> = truth.text.iter().flat_map(|text| words(text)).collect();
    let errors = edit_distance(&wanted, &words_of(reading));
    let with_levels: Vec<(u8, String)> =
        truth.headings.iter().map(|(level, text)| (*level, words(text).join(" "))).collect();
    let found = headings_of(reading);
    let texts = |list: &[(u8, String)]| -> Vec<String> { list.iter().map(|(_, text)| text.clone()).collect() };
    let right = matched(&texts(&with_levels), &texts(&found));
    let rows: Vec<Vec<String>> =
        truth.rows.iter().map(|row| row.iter().map(|cell| words(cell).join(" ")).collect()).collect();
    Score {
        words: 1.0 - share(errors.min(wanted.len()), wanted.len().max(1)),
        word_count: wanted.len(),
        headings: share(right, with_levels.len()),
        heading_precision: share(right, found.len()),
        levels: share(matched(&with_levels, &found), right),
        rows: share(matched(&rows, &rows_of(reading)), rows.len()),
        row_count: rows.len(),
        heading_count: with_levels.len(),
    }
}

/// Where the reading first differs from the truth, for the message of a failed test.
fn first_differences(truth: &Truth, reading: &Reading) -> String {
    let wanted: Vec<String> = truth.text.iter().flat_map(|text| words(text)).collect();
    let found = words_of(reading);
    let (mut out, mut i, mut j, mut shown) = (String::new(), 0, 0, 0);
    while (i < wanted.len() || j < found.len()) && shown < 8 {
        if wanted.get(i) == found.get(j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        // The nearest place where three words agree again.
        let step = (1..60)
            .flat_map(|sum| (0..=sum).map(move |a| (a, sum - a)))
            .find(|(a, b)| {
                let (left, right) = (wanted.get(i + a..), found.get(j + b..));
                matches!((left, right), (Some(left), Some(right)) if left.iter().take(3).eq(right.iter().take(3)))
            })
            .unwrap_or((wanted.len().max(i + 1) - i, found.len().max(j + 1) - j));
        let cut = |list: &[String], from: usize, count: usize| {
            list.get(from..(from + count).min(list.len())).map(|part| part.join(" ")).unwrap_or_default()
        };
        let _ = writeln!(out, "  - {:.160}\n  + {:.160}", cut(&wanted, i, step.0), cut(&found, j, step.1));
        (i, j, shown) = (i + step.0, j + step.1, shown + 1);
    }
    let (headings, found) = (&truth.headings, headings_of(reading));
    for (level, text) in headings {
        if !found.contains(&(*level, words(text).join(" "))) {
            let _ = writeln!(out, "  heading {level} {text}");
        }
    }
    for heading in &found {
        if !headings.iter().any(|(level, text)| (*level, words(text).join(" ")) == *heading) {
            let _ = writeln!(out, "  not a heading {heading:?}");
        }
    }
    let rows = rows_of(reading);
    for row in &truth.rows {
        let row: Vec<String> = row.iter().map(|cell| words(cell).join(" ")).collect();
        if !rows.contains(&row) {
            let _ = writeln!(out, "  row {row:?}");
        }
    }
    out
}

fn nothing() -> Score {
    Score {
        words: 0.0,
        word_count: 0,
        headings: 0.0,
        heading_precision: 0.0,
        levels: 0.0,
        rows: 0.0,
        row_count: 0,
        heading_count: 0,
    }
}

/// Word accuracy for born-digital files, over all their words, and the least for any one file.
const WORDS: (f64, f64) = (0.995, 0.985);
/// Recall of headings and share of whole rows, over all files.
const HEADINGS: f64 = 0.95;
const HEADING_PRECISION: f64 = 0.95;
const ROWS: f64 = 0.95;

#[test]
fn known_texts_are_read_right() {
    let ways = [(None, "chosen"), (Some(PdfParser::PdfExtract), "pdf-extract"), (Some(PdfParser::Hayro), "hayro")];
    let mut table = format!("{:30}", "file");
    for (_, name) in ways {
        let _ = write!(table, "| {name:12} words  head  prec level  rows ");
    }
    table.push('\n');
    let mut sums = [[0.0; 5]; 3];
    let mut weights = [0.0; 5];
    let mut faults = String::new();
    let mut worst = 1.0_f64;
    for name in names() {
        let truth = truth(&name);
        if truth.text.is_empty() {
            continue;
        }
        let bytes = bytes(&name);
        let _ = write!(table, "{name:30}");
        for (index, (parser, _)) in ways.iter().enumerate() {
            let reading = read_pdf_with(&bytes, *parser);
            let score = reading.as_ref().map_or_else(|_| nothing(), |reading| score(&truth, reading));
            let Score { words, headings, heading_precision, levels, rows, .. } = score;
            let _ = write!(
                table,
                "|{:12} {words:6.4}{headings:6.2}{heading_precision:6.2}{levels:6.2}{rows:6.2} ",
                reading.as_ref().map_or("failed", |_| "")
            );
            if truth.scanned {
                continue;
            }
            let weight =
                [score.word_count, score.heading_count, score.heading_count, score.heading_count, score.row_count];
            let values = [words, headings, heading_precision, levels, rows];
            for place in 0..5 {
                sums[index][place] += values[place] * weight[place] as f64;
                if index == 0 {
                    weights[place] += weight[place] as f64;
                }
            }
            if index == 0 && (words < 1.0 || headings < 1.0 || heading_precision < 1.0 || rows < 1.0) {
                let differences = reading.map_or_else(|error| error.to_string(), |it| first_differences(&truth, &it));
                let _ = writeln!(faults, "{name}: words {words:.4}\n{differences}");
            }
            if index == 0 {
                worst = worst.min(words);
            }
        }
        table.push('\n');
    }
    let _ = write!(table, "{:30}", "all born-digital");
    for sum in sums {
        let of = |place: usize| sum[place] / weights[place];
        let _ = write!(table, "|{:12} {:6.4}{:6.2}{:6.2}{:6.2}{:6.2} ", "", of(0), of(1), of(2), of(3), of(4));
    }
    println!("{table}\n\n{faults}");
    let chosen = sums[0];
    assert!(worst >= WORDS.1, "a file's words\n{table}\n{faults}");
    assert!(chosen[0] / weights[0] >= WORDS.0, "words\n{table}\n{faults}");
    assert!(chosen[1] / weights[1] >= HEADINGS, "headings\n{table}\n{faults}");
    assert!(chosen[2] / weights[2] >= HEADING_PRECISION, "heading precision\n{table}\n{faults}");
    assert!(chosen[4] / weights[4] >= ROWS, "rows\n{table}\n{faults}");
    for (other, name) in [(1, "pdf-extract"), (2, "hayro")] {
        assert!(chosen[0] >= sums[other][0], "{name} alone is better than the choice\n{table}");
    }
}

#[test]
fn there_are_at_least_twenty_varied_files() {
    assert!(names().len() >= 20);
}

#[test]
fn links_keep_their_addresses() {
    for name in names() {
        let truth = truth(&name);
        // A scan's text layer has no links.
        if truth.links.is_empty() || truth.scanned {
            continue;
        }
        let reading = read_pdf_with(&bytes(&name), None).unwrap();
        let found: Vec<(String, String)> =
            reading.links.iter().map(|link| (link.text.clone(), link.address.clone())).collect();
        for link in &truth.links {
            assert!(found.contains(link), "{name}: {link:?} is not among {found:?}");
        }
    }
}

#[test]
fn facts_of_a_header_table_become_properties() {
    for name in names() {
        let truth = truth(&name);
        if truth.facts.is_empty() {
            continue;
        }
        let reading = read_pdf_with(&bytes(&name), None).unwrap();
        for (label, value) in truth.facts {
            assert!(reading.properties.contains(&(label.clone(), value.clone())), "{name}: {label} = {value}");
        }
    }
}

#[test]
fn pages_without_a_text_layer_are_told() {
    for name in names() {
        let truth = truth(&name);
        match read_pdf_with(&bytes(&name), None) {
            Ok(reading) => assert_eq!(reading.pages_without_text, truth.pages_without_text, "{name}"),
            Err(ReadError::NoText) => assert!(truth.text.is_empty(), "{name} has text"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

/// Only the structure, so that the picture stays small enough to be checked by eye.
fn picture(path: &Path) -> String {
    let reading = read_pdf_with(&std::fs::read(path).unwrap(), None).unwrap();
    let mut out = String::new();
    for block in &reading.blocks {
        let page = block.page.unwrap_or(0);
        let _ = match &block.kind {
            BlockKind::Heading { level } => writeln!(out, "p{page} [H{level}] {}", block.text),
            BlockKind::Paragraph => writeln!(out, "p{page} [P] {}", block.text),
            BlockKind::ListItem { depth, marker } => {
                writeln!(out, "p{page} {}{marker} {}", "  ".repeat(usize::from(*depth)), block.text)
            }
            BlockKind::TableRow { .. } => writeln!(out, "p{page} row: {}", block.text),
        };
    }
    for link in &reading.links {
        let _ = writeln!(out, "link p{} {} -> {}", link.page.unwrap_or(0), link.text, link.address);
    }
    out
}

#[test]
fn pictures_of_readings() {
    for name in ["word-listor-fotnot", "word-sammanslagna-celler", "latex-spalter", "latex-bokformat-tabell"] {
        insta::assert_snapshot!(name, picture(&folder().join(format!("{name}.pdf"))));
    }
}
