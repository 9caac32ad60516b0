//! Do the readers find what was written into office files? Each file against the truth that its maker wrote down.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rutinlots::ingest::{BlockKind, ReadError, Reading, fold_whitespace, read_file};
use serde::Deserialize;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What `tests/fixtures/office/make_office_files.py` put into a file, in reading order.
#[derive(Debug, Deserialize)]
struct Truth {
    blocks: Vec<TrueBlock>,
    properties: BTreeMap<String, String>,
    warnings: usize,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TrueBlock {
    Heading { heading: String },
    Item { item: String, marker: String },
    Row { row: Vec<(String, String)> },
    Text { text: String },
}

/// A block as both sides can be compared: what it is, and its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Heading(String),
    Item(String, String),
    Row(Vec<(String, String)>),
    Text(String),
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/office").join(name)
}

fn truths() -> Result<BTreeMap<String, Truth>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_slice(&std::fs::read(fixture("facit.json"))?)?)
}

fn expected(truth: &Truth) -> Vec<Found> {
    let found = |block: &TrueBlock| match block {
        TrueBlock::Heading { heading } => Found::Heading(heading.clone()),
        TrueBlock::Item { item, marker } => Found::Item(marker.clone(), item.clone()),
        TrueBlock::Row { row } => Found::Row(row.clone()),
        TrueBlock::Text { text } => Found::Text(text.clone()),
    };
    truth.blocks.iter().map(found).collect()
}

fn actual(reading: &Reading) -> Vec<Found> {
    let found = reading.blocks.iter().map(|block| match &block.kind {
        BlockKind::Heading { .. } => Found::Heading(block.text.clone()),
        BlockKind::Paragraph => Found::Text(block.text.clone()),
        BlockKind::ListItem { marker, .. } => Found::Item(marker.clone(), block.text.clone()),
        BlockKind::TableRow { columns, cells } => {
            let pairs = columns.iter().cloned().zip(cells.iter().cloned());
            Found::Row(pairs.filter(|(_, cell)| !cell.is_empty()).collect())
        }
    });
    found.collect()
}

fn words(blocks: &[Found]) -> Vec<String> {
    let mut out = Vec::new();
    for block in blocks {
        let text = match block {
            Found::Heading(text) | Found::Text(text) => text.clone(),
            Found::Item(marker, text) => format!("{marker} {text}"),
            Found::Row(row) => row.iter().map(|(_, cell)| cell.as_str()).collect::<Vec<_>>().join(" "),
        };
        out.extend(fold_whitespace(&text).split(' ').map(str::to_owned));
    }
    out
}

/// 1 less the share of words that have to be put in, taken out or changed.
fn word_accuracy(truth: &[String], read: &[String]) -> f64 {
    let mut costs: Vec<usize> = (0..=read.len()).collect();
    for (row, expected) in truth.iter().enumerate() {
        let mut before = costs[0];
        costs[0] = row + 1;
        for (column, word) in read.iter().enumerate() {
            let changed = before + usize::from(expected != word);
            before = costs[column + 1];
            costs[column + 1] = changed.min(before + 1).min(costs[column] + 1);
        }
    }
    1.0 - costs[read.len()] as f64 / truth.len().max(1) as f64
}

/// Share of the blocks of one kind that were found whole, each found block counting once.
fn recall(truth: &[Found], read: &[Found], kind: fn(&Found) -> bool) -> f64 {
    let mut left: Vec<&Found> = read.iter().filter(|block| kind(block)).collect();
    let wanted: Vec<&Found> = truth.iter().filter(|block| kind(block)).collect();
    let hits = wanted.iter().filter(|block| match left.iter().position(|other| other == *block) {
        Some(place) => {
            left.swap_remove(place);
            true
        }
        None => false,
    });
    let hits = hits.count();
    if wanted.is_empty() { 1.0 } else { hits as f64 / wanted.len() as f64 }
}

/// Compares a reading with the truth and names what is amiss.
fn check(name: &str, truth: &Truth, reading: &Reading) -> Vec<String> {
    let (expected, actual) = (expected(truth), actual(reading));
    let measured = [
        ("words", word_accuracy(&words(&expected), &words(&actual)), 0.995),
        ("headings", recall(&expected, &actual, |block| matches!(block, Found::Heading(_))), 1.0),
        ("rows", recall(&expected, &actual, |block| matches!(block, Found::Row(_))), 0.95),
        ("items", recall(&expected, &actual, |block| matches!(block, Found::Item(..))), 0.95),
    ];
    let mut amiss: Vec<String> = measured
        .iter()
        .filter(|(_, value, floor)| value < floor)
        .map(|(what, value, floor)| format!("{name}: {what} {value:.3} is below {floor}"))
        .collect();
    println!("{name}: {}", measured.map(|(what, value, _)| format!("{what} {value:.4}")).join(", "));
    for (label, value) in &truth.properties {
        if !reading.properties.iter().any(|(found, held)| found == label && held == value) {
            amiss.push(format!("{name}: the property {label} = {value} is missing from {:?}", reading.properties));
        }
    }
    if reading.warnings.len() != truth.warnings {
        amiss.push(format!("{name}: warnings {:?}, expected {}", reading.warnings, truth.warnings));
    }
    if !amiss.is_empty() {
        let missing: Vec<&Found> = expected.iter().filter(|block| !actual.contains(block)).collect();
        let surplus: Vec<&Found> = actual.iter().filter(|block| !expected.contains(block)).collect();
        amiss.push(format!("{name}: missing {missing:#?}\n{name}: surplus {surplus:#?}"));
    }
    amiss
}

/// Old binary formats need LibreOffice, which a machine may lack.
fn is_old(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("doc" | "rtf" | "xls"))
}

fn has_libreoffice() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("soffice").is_file())
}

#[test]
fn every_file_is_read_as_it_was_written() -> Outcome {
    let mut amiss = Vec::new();
    for (name, truth) in truths()?.iter().filter(|(name, _)| !is_old(name)) {
        match read_file(&fixture(name)) {
            Ok(reading) => amiss.extend(check(name, truth, &reading)),
            Err(error) => amiss.push(format!("{name}: {error}")),
        }
    }
    assert!(amiss.is_empty(), "{}", amiss.join("\n"));
    Ok(())
}

#[test]
fn old_formats_are_read_through_libreoffice_or_say_what_to_install() -> Outcome {
    let mut amiss = Vec::new();
    for (name, truth) in truths()?.iter().filter(|(name, _)| is_old(name)) {
        match read_file(&fixture(name)) {
            Ok(reading) => amiss.extend(check(name, truth, &reading)),
            Err(ReadError::NeedsProgram(sentence)) if !has_libreoffice() => {
                assert!(sentence.contains("install libreoffice-"), "{sentence}");
            }
            Err(error) => amiss.push(format!("{name}: {error}")),
        }
    }
    assert!(amiss.is_empty(), "{}", amiss.join("\n"));
    Ok(())
}

#[test]
fn content_decides_over_the_ending() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (source, named, kinds) in [
        ("pandoc.odt", "a.docx", "named as DOCX but is a ODT"),
        ("kontaktlista.xlsx", "b.docx", "named as DOCX but is a XLSX"),
        ("introduktion.pptx", "c.xlsx", "named as XLSX but is a PPTX"),
        ("kontaktlista.ods", "d.pdf", "named as PDF but is a ODS"),
        ("pandoc.docx", "e.doc", "named as DOC but is a DOCX"),
    ] {
        let path = folder.path().join(named);
        std::fs::copy(fixture(source), &path)?;
        let warnings = read_file(&path)?.warnings;
        assert!(warnings.iter().any(|warning| warning.contains(kinds)), "{named}: {warnings:?}");
    }
    Ok(())
}
