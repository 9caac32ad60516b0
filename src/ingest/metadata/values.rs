//! What is a value, once its label is known: a name, a class, an empty cell, a template's leftover?
//!
//! Not here: dates ([`super::dates`]) and terms ([`super::terms`]).

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Stretch};
use super::labels::fold_label;
use crate::ingest::document::fold_whitespace;

/// Who decided, when, and when that was changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) by: Option<String>,
    pub(super) on: Option<Stretch>,
    pub(super) revised: Option<Stretch>,
}

/// Paragraphs, case numbers and remarks that stand beside names and dates.
static BESIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\(?§+\s*[\d/]+(?:[-–,]\s*\d+)*\)?|\b(?:dnr|diarienummer|diarienr)\.?:?\s*\S+(?:\s\d{4}[/:.-]\d+)?|\bparagraf\s+\d+|\bpunkt\s+\d+|\b(?:beslut|protokoll)\s*(?:nr\s*)?[\d/:-]+").ok()
});

/// `Socialnämnden 2024-03-04 § 47`, `den 4 mars 2024 av socialnämnden`, `KF § 12, 2019-01-01, reviderad 2023-02-03`.
pub(super) fn decision(value: &str) -> Decision {
    let found = dates::find_all(value);
    let Some(&on) = found.first() else {
        return Decision { by: name(value), ..Decision::default() };
    };
    let lower = value.to_lowercase();
    let revised = lower.find("revid").or_else(|| lower.find("uppdater")).or_else(|| lower.find("ändrad"));
    // Lower case of Swedish letters is as long as upper case, so the offset holds.
    let revised = revised.and_then(|at| found.iter().rfind(|stretch| stretch.start > at && at > on.end).copied());
    let before = value.get(..on.start).unwrap_or("");
    let end = found.get(1).map_or(value.len(), |next| next.start);
    let after = value.get(on.end..end).unwrap_or("");
    let after = after.split(['.', ';']).next().unwrap_or("");
    let after = match after.to_lowercase().find("revid") {
        Some(at) => after.get(..at).unwrap_or(""),
        None => after,
    };
    Decision { by: name(before).or_else(|| name(after)), on: Some(on), revised }
}

/// Who, without paragraphs and prepositions; `None` where no name is left.
fn name(text: &str) -> Option<String> {
    let mut text = BESIDE.as_ref().map_or_else(|| text.to_owned(), |beside| beside.replace_all(text, " ").into_owned());
    text = fold_whitespace(&text);
    let mut rest = text.as_str();
    loop {
        let edges = [' ', ',', '.', ':', ';', '/', '–', '-', '(', ')'];
        let open_bracket = rest.matches('(').count() == rest.matches(')').count();
        let trimmed = if open_bracket {
            rest.trim_matches(|edge: char| edges.contains(&edge) && edge != ')' && edge != '(')
                .trim_start_matches([')'])
        } else {
            rest.trim_matches(edges.as_slice())
        };
        let lower = trimmed.to_lowercase();
        let prefixes = [
            "av ",
            "i ",
            "vid ",
            "genom ",
            "beslut av ",
            "beslutad av ",
            "fastställd av ",
            "antagen av ",
            "genom beslut av ",
            "den ",
        ];
        let suffixes = [" den", " datum", " beslut", " sammanträde", " beslutade", " dnr", " paragraf"];
        let shorter = prefixes
            .iter()
            .find(|prefix| lower.starts_with(**prefix))
            .and_then(|prefix| trimmed.get(prefix.len()..))
            .or_else(|| {
                suffixes
                    .iter()
                    .find(|suffix| lower.ends_with(**suffix))
                    .and_then(|suffix| trimmed.get(..trimmed.len() - suffix.len()))
            });
        let Some(shorter) = shorter else {
            rest = trimmed;
            break;
        };
        rest = shorter;
    }
    let alone = matches!(
        rest.to_lowercase().as_str(),
        "den" | "av" | "datum" | "dnr" | "och" | "samt" | "reviderad" | "beslut"
    );
    if alone || rest.chars().filter(|character| character.is_alphabetic()).count() < 2 || rest.chars().count() > 120 {
        return None;
    }
    // "vid socialnämndens sammanträde" left a genitive.
    let genitive = text.to_lowercase().contains("sammanträde") && rest.ends_with('s');
    let rest = if genitive { rest.trim_end_matches('s') } else { rest };
    capitalised(rest)
}

/// With a capital letter first; `None` for no text.
pub(super) fn capitalised(text: &str) -> Option<String> {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect())
}

/// `K2`, `KLASSA 2`, `K2R1T1`, `2`: the class is a number from 1 to 4.
pub(super) fn classification(value: &str) -> Option<String> {
    static CLASS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bK\s?-?([1-4])(?:\b|\D)").ok());
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    match (CLASS.as_ref().and_then(|class| class.captures(value)), digits.as_slice()) {
        (Some(found), _) => Some(format!("K{}", found.get(1)?.as_str())),
        (None, [digit @ '1'..='4']) => Some(format!("K{digit}")),
        _ => None,
    }
}

/// `Dnr: SN 2025/1` under the label Diarienummer becomes `SN 2025/1`; `None` where there is no number at all.
pub(super) fn case_number(value: &str) -> Option<&str> {
    let lower = value.to_lowercase();
    let prefix = ["diarienummer", "diarienr", "dnr"].iter().find(|prefix| lower.starts_with(**prefix));
    let bare = prefix.and_then(|prefix| value.get(prefix.len()..)).unwrap_or(value);
    let bare = bare.trim_matches([' ', ':', '.', ',', ';']);
    bare.chars().any(|character| character.is_ascii_digit()).then_some(bare)
}

/// Whether two case numbers are the same but for spaces, capitals and marks.
pub(super) fn same_case(one: &str, other: &str) -> bool {
    let bare = |text: &str| fold_label(text).replace(' ', "");
    bare(one) == bare(other)
}

/// No last day.
pub(super) fn open_ended(value: &str) -> bool {
    let lower = value.to_lowercase();
    [
        "tills vidare",
        "tillsvidare",
        "löpande",
        "tills nytt beslut",
        "tills ny ",
        "till dess",
        "tills den ",
        "obegränsad",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

/// A review without a day is a choice, not a mistake.
pub(super) fn when_needed(value: &str) -> bool {
    let lower = value.to_lowercase();
    ["vid behov", "löpande", "kontinuerlig", "vid förändr", "vid ändr", "tills vidare", "när behov"]
        .iter()
        .any(|phrase| lower.contains(phrase))
}

/// From the day of the decision.
pub(super) fn at_once(value: &str) -> bool {
    let lower = value.to_lowercase();
    [
        "omgående",
        "omedelbart",
        "vid beslut",
        "beslutsdatum",
        "från beslut",
        "fr.o.m. beslut",
        "datum för beslut",
        "fastställande",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

/// Dashes and phrases that stand for an empty cell.
pub(super) fn says_nothing(value: &str) -> bool {
    let bare = value.trim_matches(['-', '–', '—', '.', ' ', '_', '/', '…']).to_lowercase();
    matches!(
        bare.as_str(),
        "" | "saknas"
            | "ingen"
            | "inget"
            | "inga"
            | "ej angivet"
            | "ej aktuellt"
            | "ej tillämpligt"
            | "n/a"
            | "nytt dokument"
            | "ny"
            | "ej relevant"
    )
}

/// What a template asks to be filled in.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    let asks = [
        "klicka här",
        "klicka eller tryck",
        "ange ",
        "skriv ",
        "välj ett",
        "välj en",
        "fyll i",
        "åååå",
        "yyyy",
        "[datum",
        "<datum",
        "xx/xx",
    ];
    let asked = asks.iter().any(|phrase| {
        lower.trim_start_matches(['[', '<', '(']).starts_with(phrase) || (phrase.len() > 6 && lower.contains(phrase))
    });
    let letters: String = lower.chars().filter(|character| character.is_alphanumeric()).collect();
    asked
        || (!letters.is_empty() && letters.chars().all(|letter| letter == 'x'))
        || (value.starts_with('[') && value.ends_with(']'))
}

/// A template's field for the file's name.
pub(super) fn is_file_name(value: &str) -> bool {
    let lower = value.to_lowercase();
    [".docx", ".doc", ".pdf", ".odt", ".dotx", ".md"].iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_and_when_in_one_value() {
        let cases = [
            ("Socialnämnden 2024-03-04 § 47", "Socialnämnden", "2024-03-04"),
            ("Socialnämnden § 47, 2024-03-04", "Socialnämnden", "2024-03-04"),
            ("2024-03-04, § 47, Socialnämnden", "Socialnämnden", "2024-03-04"),
            ("den 4 mars 2024 av socialnämnden", "Socialnämnden", "2024-03-04"),
            ("av socialnämnden den 4 mars 2024, § 47", "Socialnämnden", "2024-03-04"),
            ("KF 2024-03-04 § 12", "KF", "2024-03-04"),
            ("KF 15/4 2025 § 12", "KF", "2025-04-15"),
            ("2024-03-04 (SN § 47)", "SN", "2024-03-04"),
            (
                "Medicinskt ansvarig sjuksköterska (MAS) 2024-03-04",
                "Medicinskt ansvarig sjuksköterska (MAS)",
                "2024-03-04",
            ),
            ("vid socialnämndens sammanträde den 4 mars 2024", "Socialnämnden", "2024-03-04"),
            ("Kommunstyrelsen, dnr KS 2023/0101, 2024-03-04", "Kommunstyrelsen", "2024-03-04"),
        ];
        for (value, by, on) in cases {
            let decision = decision(value);
            assert_eq!(decision.by.as_deref(), Some(by), "{value}");
            assert_eq!(decision.on.map(|stretch| stretch.first.to_string()).as_deref(), Some(on), "{value}");
        }
        assert_eq!(decision("2024-03-04 § 47").by, None);
        let revised = decision("Antagen av kommunfullmäktige 2015-06-15 § 72, reviderad 2021-02-22 § 15");
        assert_eq!(revised.by.as_deref(), Some("Kommunfullmäktige"));
        assert_eq!(revised.revised.map(|stretch| stretch.first.to_string()).as_deref(), Some("2021-02-22"));
    }

    #[test]
    fn classes_and_leftovers() {
        for value in ["K2", "KLASSA 2", "K2R1T1", "K2 R1 T1", "2", "Nivå 2"] {
            assert_eq!(classification(value).as_deref(), Some("K2"), "{value}");
        }
        assert_eq!(classification("hemlig"), None);
        for value in ["[Ange datum]", "Klicka här för att ange text.", "ÅÅÅÅ-MM-DD", "XX", "xx-xx"] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["Anges i bilaga", "2025-xx-xx", "Skrivbordet"] {
            assert!(!is_placeholder(value), "{value}");
        }
        assert_eq!(case_number("Dnr: SN 2025/1"), Some("SN 2025/1"));
        assert_eq!(case_number("läggs till senare"), None);
    }
}
