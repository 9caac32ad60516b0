//! Is the sample corpus what it is said to be: large and varied enough, with the traps that real routines hold?

use std::collections::BTreeMap;

use rutinlots::index::Index;
use rutinlots::ingest::{BlockKind, Span, Standing};

use crate::support::{Outcome, corpus, lotsby, turn};

#[test]
fn the_corpus_has_the_size_and_the_formats() -> Outcome {
    let _turn = turn();
    let index = Index::open(&lotsby()?)?;
    let (mut formats, mut words) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for head in index.documents() {
        *formats.entry(head.place.rsplit('.').next().unwrap_or_default()).or_default() += 1;
        let blocks = index.blocks(head.number)?;
        words.push(blocks.iter().map(|block| block.text.split_whitespace().count()).sum::<usize>());
    }
    let mean = words.iter().sum::<usize>() / words.len();
    println!("{} documents, {mean} words on average, {formats:?}", words.len());
    assert!(words.len() >= 80, "{} documents", words.len());
    assert!((900..=1400).contains(&mean), "{mean} words on average");
    for (format, least) in [("pdf", 25), ("docx", 25), ("odt", 2), ("html", 2), ("xlsx", 2)] {
        assert!(formats.get(format).is_some_and(|count| *count >= least), "{format}: {formats:?}");
    }
    Ok(())
}

#[test]
fn the_corpus_has_a_scan_dead_versions_and_a_broken_file() -> Outcome {
    let _turn = turn();
    let index = Index::open(&lotsby()?)?;
    let today = jiff::civil::date(2026, 10, 1);
    let of = |wanted: Standing| {
        let standing = |head: &&rutinlots::index::DocumentHead| head.metadata.validity.standing(today) == wanted;
        index.documents().iter().filter(standing).count()
    };
    assert!(index.documents().iter().any(|head| !head.ocr.is_empty()), "no scan");
    assert!(of(Standing::Superseded) >= 2, "{} superseded", of(Standing::Superseded));
    assert!(of(Standing::Expired) >= 1, "{} expired", of(Standing::Expired));
    let mut with_tables = 0;
    for head in index.documents() {
        let is_row = |block: &rutinlots::ingest::Block| matches!(block.kind, BlockKind::TableRow { .. });
        with_tables += usize::from(index.blocks(head.number)?.iter().any(is_row));
    }
    assert!(with_tables >= 20, "{with_tables} documents with tables");
    let broken: Vec<String> = index.problems()?.into_iter().map(|problem| problem.place).collect();
    assert_eq!(broken, ["hemtjanst/tjanstebilar-hemtjanst.pdf"]);
    assert!(corpus().join(&broken[0]).is_file());
    // Near-duplicates between units stand side by side.
    for pair in [
        ["klader-tvatt-almgarden", "klader-tvatt-strandgarden"],
        ["nattarbete-och-tillsyn-sabo", "nattarbete-tillsyn-fyrtornet"],
    ] {
        for id in pair {
            let head = index.document(id).ok_or_else(|| format!("{id} is not there"))?;
            assert!(head.versions.newer.is_empty() && head.versions.older.is_empty(), "{id} counts as a version");
        }
    }
    Ok(())
}

#[test]
fn no_list_item_and_no_table_row_is_cut_and_every_passage_knows_its_place() -> Outcome {
    let _turn = turn();
    let index = Index::open(&lotsby()?)?;
    let (mut whole, mut passages) = (0, 0);
    for head in index.documents() {
        let blocks = index.blocks(head.number)?;
        let rows = index.passages_of(head.number)?;
        let spans = rutinlots::ingest::passages::Canonical::of(&blocks).spans;
        for (block, span) in blocks.iter().zip(&spans) {
            if matches!(block.kind, BlockKind::ListItem { .. } | BlockKind::TableRow { .. }) {
                let holds = |span: &Span| {
                    rows.iter().any(|row| row.passage.span.start <= span.start && span.end <= row.passage.span.end)
                };
                assert!(holds(span), "{}: {} is cut", head.id, block.text);
                whole += 1;
            }
        }
        for row in rows {
            passages += 1;
            assert!(!row.passage.text.trim().is_empty() && !row.passage.span.is_empty(), "{}", head.id);
            assert!(row.passage.page.is_some() || head.pages.is_none(), "{}: {}", head.id, row.passage.text);
        }
    }
    println!("{whole} list items and table rows in {passages} passages");
    assert!(whole > 1000, "only {whole} items and rows");
    Ok(())
}
