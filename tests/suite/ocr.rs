//! Is a scanned document read? Needs `tesseract` with Swedish and poppler's tools, and fails without them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rutinlots::ingest::isolated::{Limits, ReaderProcess};
use rutinlots::ingest::{Block, BlockKind, FileReader, interpret, read_file};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scan").join(name)
}

fn read(name: &str) -> rutinlots::ingest::Reading {
    match read_file(&fixture(name)) {
        Ok(reading) => reading,
        Err(error) => panic!("{error}\nthis test needs: apt-get install tesseract-ocr tesseract-ocr-swe poppler-utils"),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Share of the expected words that stand in the found text in the same order (longest common subsequence), less what
/// is too much.
fn accuracy(expected: &[String], found: &[String]) -> f64 {
    let mut row = vec![0usize; found.len() + 1];
    for word in expected {
        let mut diagonal = 0;
        for (index, other) in found.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if word == other { diagonal + 1 } else { above.max(row[index]) };
            diagonal = above;
        }
    }
    row[found.len()] as f64 / expected.len().max(found.len()) as f64
}

/// Text of a reading with the head's labels and values, which are no blocks.
fn all_words(reading: &rutinlots::ingest::Reading) -> Vec<String> {
    let head = reading.properties.iter().flat_map(|(label, value)| words(&format!("{label}: {value}")));
    let (title, rest) = reading.blocks.split_first().expect("blocks");
    words(&title.text).into_iter().chain(head).chain(rest.iter().flat_map(|block| words(&block.text))).collect()
}

fn headings(blocks: &[Block]) -> Vec<&str> {
    let heading = |block: &&Block| matches!(block.kind, BlockKind::Heading { .. });
    blocks.iter().filter(heading).map(|block| block.text.as_str()).collect()
}

#[test]
fn a_scan_is_read_nearly_word_for_word() {
    let reading = read("skannad.pdf");
    let expected = words(&std::fs::read_to_string(fixture("kalla.txt")).unwrap());
    let found = all_words(&reading);
    let accuracy = accuracy(&expected, &found);
    println!("OCR word accuracy {accuracy:.4} of {} words, pages {:?}", expected.len(), reading.ocr);
    assert!(accuracy >= 0.97, "{accuracy}\n{}", found.join(" "));

    let pages: Vec<u32> = reading.ocr.iter().map(|page| page.page).collect();
    assert_eq!(pages, [1, 2]);
    assert!(reading.ocr.iter().all(|page| page.confidence > 0.8 && page.confidence <= 1.0), "{:?}", reading.ocr);
    assert_eq!(reading.pages_without_text, [1, 2]);
    assert_eq!(
        headings(&reading.blocks),
        ["Rutin för hembesök hos äldre", "Syfte", "Före besöket", "Om ingen öppnar", "Efter besöket"]
    );
    let items = reading.blocks.iter().filter(|block| matches!(block.kind, BlockKind::ListItem { .. })).count();
    assert_eq!(items, 7);

    let metadata = interpret(&reading, "skannad");
    assert_eq!(metadata.title.as_deref(), Some("Rutin för hembesök hos äldre"));
    assert_eq!(metadata.owner.as_deref(), Some("Enhetschef hemtjänst öster"));
    assert_eq!(metadata.case_number.as_deref(), Some("SN 2025/0317"));
    assert_eq!(metadata.validity.from.map(|day| day.to_string()).as_deref(), Some("2025-04-01"));
}

#[test]
fn a_scan_that_takes_longer_than_a_reader_may_is_read() {
    let limits = Limits { time: Duration::from_secs(2), time_per_megabyte: Duration::ZERO, ..Limits::default() };
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rutinlots"));
    let started = Instant::now();
    let reading = FileReader::Process(ReaderProcess { program, limits }).read(&fixture("skannad.pdf")).unwrap();
    println!("recognised in {:?}", started.elapsed());
    assert_eq!(reading.ocr.iter().map(|page| page.page).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_page_on_its_side_and_askew_is_read_too() {
    let reading = read("sned.pdf");
    let text = std::fs::read_to_string(fixture("kalla.txt")).unwrap();
    let first_page = text.split("Om ingen öppnar").next().unwrap();
    let (expected, found) = (words(first_page), all_words(&reading));
    let accuracy = accuracy(&expected, &found);
    println!("OCR word accuracy on a page askew {accuracy:.4} of {} words", expected.len());
    assert!(accuracy >= 0.97, "{accuracy}\n{}", found.join(" "));
}

#[test]
fn scanned_pages_stand_at_their_places_in_a_mixed_document() {
    let reading = read("blandad.pdf");
    assert_eq!(reading.pages_without_text, [2]);
    assert_eq!(reading.ocr.iter().map(|page| page.page).collect::<Vec<_>>(), [2]);
    let pages: Vec<u32> = reading.blocks.iter().filter_map(|block| block.page).collect();
    assert!(pages.is_sorted(), "{pages:?}");
    assert_eq!(headings(&reading.blocks)[..2], ["Rutin för hembesök hos äldre", "Syfte"]);
    assert!(headings(&reading.blocks).contains(&"Om ingen öppnar"));
}

#[test]
fn a_ruled_table_is_read_row_by_row() {
    let reading = read("tabell.pdf");
    let rows: Vec<&str> = reading
        .blocks
        .iter()
        .filter(|block| matches!(block.kind, BlockKind::TableRow { .. }))
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(
        rows,
        [
            "Symtom: Feber över 38,5 grader; Kontakt: Sjuksköterska; När: Samma dag",
            "Symtom: Andnöd och blåa läppar, eller om den enskilde inte svarar på tilltal; Kontakt: Ring 112; När: Genast",
            "Symtom: Yrsel; Kontakt: Fast omsorgskontakt; När: Nästa vardag",
            "Zon: Inre staden; Pris: 45 kr",
            "Zon: Yttre staden; Pris: 62 kr",
            "Zon: Skärgården; Pris: 118 kr",
        ]
    );
    let metadata = interpret(&reading, "tabell");
    assert_eq!(metadata.document_type.as_deref(), Some("Rutin"));
    assert_eq!(metadata.case_number.as_deref(), Some("SN 2025/0044"));
    assert_eq!(metadata.decided_by.as_deref(), Some("MAS"));
    assert_eq!(metadata.validity.from.map(|day| day.to_string()).as_deref(), Some("2025-04-01"));
}
