//! What do the minutes of a meeting say of themselves?
//!
//! They have no header table: the first page names the body, the day, who was there and who approves the minutes, each
//! under a heading that is the same in every municipality. Not here: statements that other documents make too
//! ([`super::head`]).

use super::dates;
use super::head::{Fact, Trust};
use super::kinds;
use super::labels::{Field, fold_label};
use crate::ingest::document::{Block, BlockKind};

/// Blocks that the first page has at most.
const FIRST_PAGE: usize = 40;
/// Blocks among which minutes say that they are minutes; further down the word is a heading of something else.
const TOP: usize = 10;
/// So many of [`HEADINGS`] make minutes of a document that does not say what it is.
const ENOUGH: usize = 3;
/// How lines of the first page begin, folded.
const HEADINGS: [&str; 12] = [
    "plats och tid",
    "sammantradesdatum",
    "motesdatum",
    "ledamoter",
    "beslutande",
    "narvarande",
    "ovriga narvarande",
    "ovriga deltagare",
    "utses att justera",
    "justerare",
    "underskrifter",
    "justeringens plats och tid",
];
/// Those of them that the day stands behind.
const DAY: [&str; 3] = ["plats och tid", "sammantradesdatum", "motesdatum"];

/// What minutes say: what they are, whose they are, and of which day. Nothing of other documents.
pub(super) fn facts(blocks: &[Block]) -> Vec<Fact> {
    let top = first(blocks, TOP);
    let named = top.iter().any(|block| kind_and_body(&block.text).is_some() || names_minutes(&block.text));
    let page = if named { top } else { first(blocks, FIRST_PAGE) };
    if !named && !has_headings(page) {
        return Vec::new();
    }
    let fact = |field, value: String| Fact { field, trust: Trust::Said, label: "Protokoll".to_owned(), value };
    let mut out = Vec::new();
    if !named {
        out.push(fact(Field::Type, "Protokoll".to_owned()));
    }
    let body = page.iter().find_map(|block| {
        let joined = kind_and_body(&block.text).filter(|body| is_body(body));
        joined.or_else(|| Some(block.text.as_str()).filter(|text| is_body(text)))
    });
    let day = page.iter().find_map(|block| {
        let found = dates::find_all(&block.text).first().copied()?;
        let alone = found.start == 0 && found.end == block.text.len();
        let headed = DAY.iter().any(|heading| fold_label(&block.text).starts_with(heading));
        (alone || headed).then(|| block.text.get(found.start..found.end).unwrap_or_default().to_owned())
    });
    out.extend(day.map(|day| fact(Field::DecidedOn, day)));
    out.extend(body.map(|body| fact(Field::DecidedBy, body.to_owned())));
    out
}

/// The name of the one item that an extract from minutes is about; whole minutes have many.
pub(super) fn item(blocks: &[Block], can_be_title: impl Fn(&str) -> bool) -> Option<String> {
    if facts(blocks).is_empty() {
        return None;
    }
    let is_number = |block: &&Block| {
        let number = block.text.strip_prefix('§').map(str::trim);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    if blocks.iter().filter(is_number).count() != 1 {
        return None;
    }
    let after = blocks.iter().skip_while(|block| !is_number(block)).skip(1).take(4);
    let mut headings = after.filter(|block| matches!(block.kind, BlockKind::Heading { .. }));
    headings.find(|block| can_be_title(&block.text)).map(|block| block.text.clone())
}

fn first(blocks: &[Block], count: usize) -> &[Block] {
    &blocks[..blocks.len().min(count)]
}

/// "SAMMANTRÄDESPROTOKOLL", "Protokoll".
fn names_minutes(text: &str) -> bool {
    kinds::is_kind(text) && text.to_lowercase().ends_with("protokoll")
}

/// What stands behind the kind where the lines of a head were joined: "SAMMANTRÄDESPROTOKOLL Socialnämnden".
fn kind_and_body(text: &str) -> Option<&str> {
    let (kind, body) = text.split_once(' ')?;
    let is_kind = kind.chars().all(char::is_uppercase) && kind.ends_with("PROTOKOLL") && kinds::is_kind(kind);
    is_kind.then_some(body)
}

fn has_headings(page: &[Block]) -> bool {
    let lines = || page.iter().filter(|block| matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Paragraph));
    let there = |heading: &&&str| lines().any(|block| fold_label(&block.text).starts_with(**heading));
    HEADINGS.iter().filter(there).count() >= ENOUGH
}

/// The name of a body that meets, and nothing else.
fn is_body(text: &str) -> bool {
    let lower = text.to_lowercase();
    let ends = ["nämnden", "styrelsen", "utskott", "utskottet", "fullmäktige", "beredning", "beredningen"];
    ends.iter().any(|end| lower.ends_with(end)) && text.chars().count() < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(lines: &[&str]) -> Vec<Block> {
        let block = |line: &&str| match line.strip_prefix("# ") {
            Some(heading) => Block::new(BlockKind::Heading { level: 2 }, heading, None),
            None => Block::new(BlockKind::Paragraph, line, None),
        };
        lines.iter().map(block).collect()
    }

    fn said(lines: &[&str]) -> Vec<(Field, String)> {
        facts(&blocks(lines)).into_iter().map(|fact| (fact.field, fact.value)).collect()
    }

    #[test]
    fn minutes_by_their_headings() {
        let found = said(&[
            "# Vård- och omsorgsberedningen",
            "# Plats och tid 2025-03-04 Stadshuset, rum 3, kl. 13.00–15.00",
            "# Ledamöter",
            "Anna Ek (S), ordförande",
            "# Utses att justera",
            "Bo Al (M)",
        ]);
        let expected = [
            (Field::Type, "Protokoll"),
            (Field::DecidedOn, "2025-03-04"),
            (Field::DecidedBy, "Vård- och omsorgsberedningen"),
        ];
        assert_eq!(found, expected.map(|(field, value)| (field, value.to_owned())));
        assert_eq!(said(&["# Rutin för möten", "Plats och tid bestäms av chefen.", "# Närvarande", "Alla."]), []);
    }

    #[test]
    fn an_extract_is_named_by_its_item() {
        let lines =
            ["12 maj 2025", "SAMMANTRÄDESPROTOKOLL Socialnämnden", "§ 41", "# SN 2025/12", "# Avgifter", "# Beslut"];
        let named = |lines: &[&str]| item(&blocks(lines), |text| !text.contains('/'));
        assert_eq!(named(&lines).as_deref(), Some("Avgifter"));
        assert_eq!(named(&[&lines[..], &["§ 42", "# Taxor"]].concat()), None);
        assert_eq!(named(&lines[2..]), None);
    }
}
