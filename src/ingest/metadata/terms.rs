//! How long after another day is meant: "två år efter beslut", "vartannat år", "24 månader från fastställande"?
//!
//! Not here: dates that stand by themselves ([`super::dates`]), or which day the document gives to count from
//! ([`super`]).

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::Date;
use regex::Regex;

/// The day that a term counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The day of the decision.
    Decision,
    /// The first day in force.
    Validity,
    /// The day of the last revision.
    Revision,
    /// The text does not say.
    Unsaid,
}

/// A number of months after some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) months: i32,
    pub(super) after: Anchor,
}

impl Term {
    /// The day that lies this long after `day`.
    pub(super) fn count_from(self, day: Date) -> Option<Date> {
        day.checked_add(self.months.months()).ok()
    }
}

const NUMBERS: &[(&str, i32)] = &[
    ("ett och ett halvt", 0),
    ("en", 1),
    ("ett", 1),
    ("två", 2),
    ("tre", 3),
    ("fyra", 4),
    ("fem", 5),
    ("sex", 6),
    ("åtta", 8),
    ("nio", 9),
    ("tio", 10),
    ("tolv", 12),
    ("arton", 18),
    ("tjugofyra", 24),
    ("trettiosex", 36),
];

/// Phrases for what comes back.
const EVERY: &[(&str, i32)] = &[
    ("vartannat år", 24),
    ("vart annat år", 24),
    ("varannat år", 24),
    ("vart tredje år", 36),
    ("var tredje år", 36),
    ("vart fjärde år", 48),
    ("var fjärde år", 48),
    ("vart femte år", 60),
    ("var femte år", 60),
    ("en gång per år", 12),
    ("en gång om året", 12),
    ("1 gång per år", 12),
    ("varje år", 12),
    ("årligen", 12),
    ("årsvis", 12),
    ("två gånger per år", 6),
    ("varje halvår", 6),
    ("halvårsvis", 6),
];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words: Vec<&str> = NUMBERS.iter().map(|(word, _)| *word).collect();
    Regex::new(&format!(r"\b(?P<n>\d{{1,3}}|{})\s*(?P<unit>år|månader|månad|mån)\b", words.join("|"))).ok()
});
static EVERY_NTH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bvart?\s+(?P<n>[1-9]):[ae]\s+år\b").ok());

/// The term that `text` names.
pub(super) fn find(text: &str) -> Option<Term> {
    let lower = text.to_lowercase();
    Some(Term { months: months(&lower)?, after: anchor(&lower) })
}

fn months(lower: &str) -> Option<i32> {
    if let Some((_, months)) = EVERY.iter().find(|(phrase, _)| lower.contains(phrase)) {
        return Some(*months);
    }
    if let Some(found) = EVERY_NTH.as_ref()?.captures(lower) {
        return Some(found.name("n")?.as_str().parse::<i32>().ok()? * 12);
    }
    let found = PATTERN.as_ref()?.captures(lower)?;
    let (number, unit) = (found.name("n")?.as_str(), found.name("unit")?.as_str());
    if number == "ett och ett halvt" {
        return (unit == "år").then_some(18);
    }
    let known = NUMBERS.iter().find(|(word, _)| *word == number).map(|(_, number)| *number);
    let number = known.or_else(|| number.parse().ok())?;
    let months = if unit == "år" { number * 12 } else { number };
    // Longer than any routine holds: an age or a year of something else.
    (1..=240).contains(&months).then_some(months)
}

fn anchor(lower: &str) -> Anchor {
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["beslut", "fastst", "antag", "godkän"]) {
        Anchor::Decision
    } else if says(&["senaste revid", "senast revid", "efter revid", "från revid", "uppdater"]) {
        Anchor::Revision
    } else if says(&["ikraft", "i kraft", "gäller", "giltig", "börjar"]) {
        Anchor::Validity
    } else {
        Anchor::Unsaid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_what_they_count_from() {
        let cases = [
            ("två år efter beslut", 24, Anchor::Decision),
            ("Senast 24 månader efter fastställande", 24, Anchor::Decision),
            ("Vartannat år", 24, Anchor::Unsaid),
            ("Vart 3:e år", 36, Anchor::Unsaid),
            ("Årligen", 12, Anchor::Unsaid),
            ("Gäller i 3 år", 36, Anchor::Validity),
            ("Ett år efter ikraftträdande", 12, Anchor::Validity),
            ("18 mån från senaste revidering", 18, Anchor::Revision),
            ("ett och ett halvt år", 18, Anchor::Unsaid),
        ];
        for (text, months, after) in cases {
            assert_eq!(find(text), Some(Term { months, after }), "{text}");
        }
        for text in ["Vid behov", "Tills vidare", "Årsskiftet", "Varje mandatperiod", "80-åringar", "450 år"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_of_february_is_kept_in_february() {
        let term = Term { months: 12, after: Anchor::Unsaid };
        assert_eq!(term.count_from(Date::constant(2024, 2, 29)), Some(Date::constant(2025, 2, 28)));
    }
}
