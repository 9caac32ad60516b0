//! What differs between two versions of a document?
//!
//! Block by block, as data for whoever shows it. Not here: which documents are versions of each other.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices_deadline};

use crate::ingest::document::{Block, BlockKind};

/// After this long a coarser comparison is good enough.
const PATIENCE: Duration = Duration::from_millis(500);
/// Two paragraphs that have a smaller share of their words in common, counted in bytes, say different things.
const REWORDED: f64 = 0.5;
/// Paragraphs longer than this, in bytes, are not compared word by word.
const LONGEST: usize = 20_000;

/// What happened to a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It stands in both.
    Equal,
    /// It stands in the older version only.
    Removed,
    /// It stands in the newer version only.
    Added,
}

/// A block and what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Its place among the older version's blocks.
    pub old: Option<usize>,
    /// Its place among the newer version's blocks.
    pub new: Option<usize>,
}

/// Compares two versions; the changes in reading order hold every block of both. A heading that has only got another
/// number is the same.
pub fn compare(old: &[Block], new: &[Block]) -> Vec<Change> {
    let texts = |blocks: &[Block]| -> Vec<String> { blocks.iter().map(text).collect() };
    let (old, new) = (texts(old), texts(new));
    let deadline = Instant::now() + PATIENCE;
    let operations = capture_diff_slices_deadline(Algorithm::Patience, &old, &new, Some(deadline));
    operations.iter().flat_map(|operation| changes(operation, &old, &new)).collect()
}

fn text(block: &Block) -> String {
    let number = |character: char| character.is_ascii_digit() || matches!(character, '.' | ' ');
    match block.kind {
        BlockKind::Heading { .. } => block.text.trim_start_matches(number).to_owned(),
        _ => block.text.clone(),
    }
}

fn changes(operation: &DiffOp, old: &[String], new: &[String]) -> Vec<Change> {
    operation
        .iter_changes(old, new)
        .map(|change| {
            let kind = match change.tag() {
                ChangeTag::Equal => ChangeKind::Equal,
                ChangeTag::Delete => ChangeKind::Removed,
                ChangeTag::Insert => ChangeKind::Added,
            };
            Change { kind, old: change.old_index(), new: change.new_index() }
        })
        .collect()
}

/// A stretch of a paragraph, and whether the other version has it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The words with the spaces between them.
    pub text: String,
    /// Whether it stands in both.
    pub common: bool,
}

/// What has changed within a paragraph that was reworded: the older text and the newer one in stretches. `None` where
/// the two say different things or are too long.
pub fn rewording(old: &str, new: &str) -> Option<(Vec<Stretch>, Vec<Stretch>)> {
    if old.len().max(new.len()) > LONGEST {
        return None;
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_words(old, new);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        let common = change.tag() == ChangeTag::Equal;
        if change.tag() != ChangeTag::Insert {
            push(&mut before, change.value(), common);
        }
        if change.tag() != ChangeTag::Delete {
            push(&mut after, change.value(), common);
        }
    }
    let common: usize = before.iter().filter(|stretch| stretch.common).map(|stretch| letters(&stretch.text)).sum();
    if ((2 * common) as f64) < REWORDED * (letters(old) + letters(new)) as f64 {
        return None;
    }
    Some((joined(before), joined(after)))
}

fn letters(text: &str) -> usize {
    text.split_whitespace().map(str::len).sum()
}

/// A space between two words that have changed has changed with them.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    for at in 1..stretches.len().saturating_sub(1) {
        let is_space = stretches[at].text.trim().is_empty();
        if is_space && !stretches[at - 1].common && !stretches[at + 1].common {
            stretches[at].common = false;
        }
    }
    let mut out = Vec::new();
    for stretch in stretches {
        push(&mut out, &stretch.text, stretch.common);
    }
    out
}

fn push(stretches: &mut Vec<Stretch>, text: &str, common: bool) {
    match stretches.last_mut() {
        Some(last) if last.common == common => last.text.push_str(text),
        _ => stretches.push(Stretch { text: text.to_owned(), common }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworded_paragraph_shows_its_words() {
        let (before, after) =
            rewording("Ring larmet på 90 000 genast.", "Ring larmet på 112 genast.").unwrap_or_default();
        let picture = |stretches: &[Stretch]| -> String {
            let mark = |one: &Stretch| if one.common { one.text.clone() } else { format!("[{}]", one.text) };
            stretches.iter().map(mark).collect()
        };
        assert_eq!(picture(&before), "Ring larmet på [90 000] genast.");
        assert_eq!(picture(&after), "Ring larmet på [112] genast.");
        let (before, _) =
            rewording("Ring grannen och larmet genast på 112.", "Ring polisen eller larmet genast på 112.")
                .unwrap_or_default();
        assert_eq!(picture(&before), "Ring [grannen och] larmet genast på 112.");
        assert_eq!(rewording("a b c d e f g", "h i j k l m n"), None, "they have their spaces in common");
        assert_eq!(rewording("Ring larmet på 90 000 genast.", "Skriv i journalen vad som har hänt."), None);
    }

    #[test]
    fn every_block_of_both_versions_is_accounted_for() {
        let blocks = |lines: &[&str]| -> Vec<Block> {
            lines.iter().map(|line| Block::new(BlockKind::Paragraph, line, None)).collect()
        };
        let old = blocks(&["Syfte", "Ring 90 000.", "Skriv i pärmen.", "Slut"]);
        let new = blocks(&["Syfte", "Ring 112.", "Skriv i pärmen.", "Skriv i journalen.", "Slut"]);
        let heading = |text: &str| Block::new(BlockKind::Heading { level: 1 }, text, None);
        let renumbered = compare(&[heading("2 Ansvar")], &[heading("3.1 Ansvar")]);
        assert_eq!(renumbered[0].kind, ChangeKind::Equal);
        let changes = compare(&old, &new);
        let picture: Vec<String> = changes
            .iter()
            .map(|change| match (change.kind, change.old, change.new) {
                (ChangeKind::Equal, Some(at), _) => format!("= {}", old[at].text),
                (ChangeKind::Removed, Some(at), _) => format!("- {}", old[at].text),
                (ChangeKind::Added, _, Some(at)) => format!("+ {}", new[at].text),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            picture,
            ["= Syfte", "- Ring 90 000.", "+ Ring 112.", "= Skriv i pärmen.", "+ Skriv i journalen.", "= Slut"]
        );
    }
}
