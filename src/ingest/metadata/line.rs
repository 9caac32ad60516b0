//! Which labels and values stand in one line of text?
//!
//! `Dokumentansvarig: MAS | Gäller från 2025-04-01 | Version 3`, as page footers and flattened tables have it. Not
//! here: sentences ("Fastställd av socialnämnden den 4 mars", [`super::prose`]).

use super::dates;
use super::labels::{Field, Rank, look_up};
use super::terms;

/// Labels and values of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::ingest) struct LineFacts {
    /// In the order of the line.
    pub(in crate::ingest) pairs: Vec<(String, String)>,
    /// Nothing stood in the line besides them.
    pub(in crate::ingest) whole: bool,
}

/// Words that a label has at most.
const LABEL_WORDS: usize = 7;
/// Characters that a label has at most ([`look_up`]); a line may have far more, and thousands of colons.
const LABEL_CHARACTERS: usize = 80;
/// Longest value without a colon before it.
const BARE_VALUE: usize = 80;

/// Finds labels and values in a line.
pub(in crate::ingest) fn facts_in(line: &str) -> LineFacts {
    let parts: Vec<&str> =
        line.split(['|', '•', '·', '\t', '¦']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let mut facts = LineFacts { pairs: Vec::new(), whole: !parts.is_empty() };
    for part in &parts {
        let (colons, rest) = with_colons(part);
        let found = !colons.is_empty() || bare(part, parts.len() > 1).is_some();
        facts.whole &= found && rest.is_empty();
        if colons.is_empty() {
            facts.pairs.extend(bare(part, parts.len() > 1));
        } else {
            facts.pairs.extend(bare(rest, parts.len() > 1));
            facts.pairs.extend(colons);
        }
    }
    facts
}

/// `Ansvarig: MAS Gäller från: 2025-04-01` as pairs, and what stands before the first label.
fn with_colons(part: &str) -> (Vec<(String, String)>, &str) {
    // Start and end of each label, and where its value begins.
    let mut labels: Vec<(usize, usize, usize)> = Vec::new();
    for (colon, _) in part.match_indices(':') {
        let from = labels.last().map_or(0, |label| label.2);
        let Some(before) = part.get(from..colon) else { continue };
        if let Some(start) = label_at_end(before, labels.is_empty()) {
            labels.push((from + start, colon, colon + 1));
        }
    }
    let mut pairs = Vec::new();
    for (index, &(start, end, value)) in labels.iter().enumerate() {
        let until = labels.get(index + 1).map_or(part.len(), |next| next.0);
        if let (Some(label), Some(value)) = (part.get(start..end), part.get(value..until)) {
            pairs.push((label.trim().to_owned(), value.trim().trim_end_matches([',', ';']).to_owned()));
        }
    }
    let rest = labels.first().and_then(|first| part.get(..first.0)).unwrap_or(part);
    (pairs, if labels.is_empty() { "" } else { rest.trim() })
}

/// Byte offset of the longest label that ends the text; a weak label must be of two words or the whole.
fn label_at_end(text: &str, first: bool) -> Option<usize> {
    let begins_word = |&(at, character): &(usize, char)| {
        !character.is_whitespace() && text[..at].chars().next_back().is_none_or(char::is_whitespace)
    };
    let end = text.char_indices().rev().take(LABEL_CHARACTERS);
    let starts: Vec<usize> = end.filter(begins_word).map(|(at, _)| at).take(LABEL_WORDS).collect();
    starts.into_iter().rev().find_map(|start| {
        let whole = text[..start].trim_start().is_empty();
        let label = text.get(start..)?;
        // Within a line labels begin with a capital letter.
        if !whole && !label.starts_with(char::is_uppercase) {
            return None;
        }
        let (_, rank) = look_up(label)?;
        (rank < Rank::Weak || label.contains(' ') || (whole && first)).then_some(start)
    })
}

/// `Gäller från 2025-04-01`: a label without a colon, where the value is of the label's kind.
fn bare(part: &str, beside_others: bool) -> Option<(String, String)> {
    let ends: Vec<usize> = part.match_indices(' ').map(|(at, _)| at).take(LABEL_WORDS).collect();
    ends.iter().rev().find_map(|&end| {
        let (label, value) = (part.get(..end)?, part.get(end..)?.trim());
        let (field, rank) = look_up(label)?;
        (rank == Rank::Sure && fits(field, value, beside_others)).then(|| (label.to_owned(), value.to_owned()))
    })
}

fn fits(field: Field, value: &str, beside_others: bool) -> bool {
    let short = value.chars().count() <= BARE_VALUE;
    let begins_with_date = || dates::find_all(value).first().is_some_and(|date| date.start <= "den ".len());
    match field {
        Field::DecidedOn | Field::Revised | Field::From | Field::Until => short && begins_with_date(),
        Field::Review | Field::Period => {
            short && (begins_with_date() || terms::find(value).is_some() && value.chars().count() < 40)
        }
        Field::Version => value.chars().count() <= 12 && value.starts_with(|first: char| first.is_ascii_digit()),
        Field::Case => {
            short && value.chars().any(|character| character.is_ascii_digit()) && value.split(' ').count() <= 4
        }
        Field::Owner | Field::DecidedBy | Field::Classification | Field::Type => {
            beside_others && short && value.starts_with(char::is_uppercase)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(line: &str) -> Vec<(String, String)> {
        facts_in(line).pairs
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn page_footers() {
        let expected = owned(&[("Dokumentansvarig", "MAS"), ("Gäller från", "2025-04-01"), ("Version", "3")]);
        assert_eq!(pairs("Dokumentansvarig: MAS | Gäller från 2025-04-01 | Version 3"), expected);
        assert_eq!(pairs("Dokumentansvarig: MAS Gäller från: 2025-04-01 Version: 3"), expected);
        assert_eq!(pairs("Lotsby kommun · Dokumentansvarig MAS · Gäller från: 2025-04-01 · Version 3"), expected);
        assert!(facts_in("Dokumentansvarig: MAS | Gäller från 2025-04-01").whole);
        assert!(!facts_in("Lotsby kommun | Dnr: SN 2025/1").whole);
    }

    #[test]
    fn sentences_hold_none() {
        for line in [
            "Gäller från första dagen som du arbetar här.",
            "Ring 112: det är bråttom.",
            "",
            "|",
            "Kl. 07:30 | Frukost",
        ] {
            assert_eq!(pairs(line), [], "{line}");
        }
    }

    #[test]
    fn a_long_line_of_colons_takes_no_time() {
        let log = "a 10:22 ".repeat(200_000);
        let began = std::time::Instant::now();
        assert_eq!(pairs(&log), []);
        assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[test]
    fn a_value_may_hold_a_colon() {
        let expected = owned(&[("Gäller för", "Hemtjänst: norr och söder"), ("Dnr", "SN 2025:12")]);
        assert_eq!(pairs("Gäller för: Hemtjänst: norr och söder Dnr: SN 2025:12"), expected);
    }
}
