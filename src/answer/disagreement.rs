//! Do two of the quotes say different things about the same subject, and which of them goes first?
//!
//! Only what can be told from the quotes shown: lines of different routines that share most of their words but not their
//! times, spans, amounts or phone numbers, or of which one forbids what the other allows. A unit's own routine needs fewer
//! words in common with the general one, and goes before it on that unit; of two others the newer one is named, and whom to
//! ask. Superseded versions never get here ([`crate::ingest::Standing`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::evidence::{DocumentReference, Evidence, Quote};
use crate::language::{content_words, stem};

/// Words that two lines must share, and their share of the shorter line's words.
const ALIKE: (usize, f32) = (3, 0.6);
/// Share of the longer line's words that they share, unless one is a unit's own.
const SAME_SUBJECT: f32 = 0.5;
/// What [`ALIKE`] is between a unit's own routine and the general one.
const ALIKE_FOR_UNIT: (usize, f32) = (2, 0.3);
/// More values of one kind in a line are a timetable, in which something always differs.
const VALUES: usize = 3;

/// Why one of two routines goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precedence {
    /// It is a unit's own.
    Unit,
    /// It has applied for a shorter time.
    Newer,
    /// Nothing tells them apart.
    Open,
}

/// Two quotes that say different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// Number of the quote that goes first.
    pub first: usize,
    /// Number of the other.
    pub second: usize,
    /// Why.
    pub precedence: Precedence,
    /// What to make of it, in Swedish.
    pub explanation: String,
}

impl Disagreement {
    /// The pairs of quotes that disagree; at most one for two routines.
    pub fn all_in(evidence: &Evidence) -> Vec<Self> {
        let mut out: Vec<Self> = Vec::new();
        let mut seen = BTreeSet::new();
        for (place, one) in evidence.quotes.iter().enumerate() {
            for other in &evidence.quotes[place + 1..] {
                let pair = (one.document.id.as_str(), other.document.id.as_str());
                if pair.0 != pair.1 && disagree(one, other) && seen.insert(pair) {
                    out.push(Self::between(one, other));
                }
            }
        }
        out
    }

    fn between(one: &Quote, other: &Quote) -> Self {
        let (first, second, precedence) = if is_of_unit(&other.document, &one.document) {
            (other, one, Precedence::Unit)
        } else if is_of_unit(&one.document, &other.document) {
            (one, other, Precedence::Unit)
        } else {
            match (one.document.valid_from, other.document.valid_from) {
                (Some(a), Some(b)) if a > b => (one, other, Precedence::Newer),
                (Some(a), Some(b)) if b > a => (other, one, Precedence::Newer),
                _ => (one, other, Precedence::Open),
            }
        };
        let (title, unit) = (&first.document.title, first.document.applies_to.as_deref().unwrap_or_default());
        let owner = first.document.owner.as_deref().unwrap_or("din chef");
        let explanation = match precedence {
            Precedence::Unit => format!(
                "Källa {} ({title}) är egen för {unit} och går före där. På andra enheter gäller källa {}.",
                first.number, second.number
            ),
            Precedence::Newer => format!(
                "Källa {} ({title}) är nyare än källa {}. Det är inte säkert att den går före: fråga den som ansvarar, {owner}.",
                first.number, second.number
            ),
            Precedence::Open => format!(
                "Det går inte att se vilken av källa {} och {} som går före: fråga den som ansvarar, {owner}.",
                first.number, second.number
            ),
        };
        Self { first: first.number, second: second.number, precedence, explanation }
    }
}

/// The units or groups that a document applies to.
fn units(document: &DocumentReference) -> BTreeSet<String> {
    let text = document.applies_to.as_deref().unwrap_or_default().to_lowercase();
    text.split([',', ';']).flat_map(|part| part.split(" och ")).map(|part| part.trim().to_owned()).collect()
}

/// Whether one document applies to a single unit of those that the other applies to.
fn is_of_unit(one: &DocumentReference, other: &DocumentReference) -> bool {
    let (own, all) = (units(one), units(other));
    own.len() == 1 && all.len() > 1 && own.is_subset(&all)
}

fn disagree(one: &Quote, other: &Quote) -> bool {
    let (a, b) = (&one.document, &other.document);
    let is_local = is_of_unit(a, b) || is_of_unit(b, a);
    // "Står det olika klockslag i de två är det Fyrtornets tider som gäller."
    let names = |quote: &Quote, title: &str| quote.text.to_lowercase().contains(&title.to_lowercase());
    if is_of_unit(a, b) && names(one, &b.title) || is_of_unit(b, a) && names(other, &a.title) {
        return true;
    }
    let lines = |quote: &Quote| quote.text.lines().map(Line::of).collect::<Vec<_>>();
    let (ours, theirs) = (lines(one), lines(other));
    ours.iter().any(|line| theirs.iter().any(|other| line.disagrees(other, is_local)))
}

static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b([01]?\d|2[0-4])[.:]([0-5]\d)\b").ok());
static SPAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(\d+|en|ett|två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|femton|tjugo|trettio)(?::[ea])?[ \u{a0}](minut|timm|dygn|dag|veck|månad|år\b)").ok()
});
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b0\d{1,3}-\d[\d \u{a0}]{4,}\d").ok());
static AMOUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(\d[\d \u{a0}]*(?:,\d+)?)[ \u{a0}]?(kr|kronor|procent|%|grader|mg|ml|mmol)").ok());

/// What a line says: its words, and its values by kind.
struct Line {
    stems: BTreeSet<String>,
    values: BTreeMap<String, BTreeSet<String>>,
    forbids: bool,
    allows: bool,
}

impl Line {
    fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |kind: &str, value: &str| {
            let value = value.replace([' ', '\u{a0}'], "");
            values.entry(kind.to_owned()).or_default().insert(value.trim_start_matches('0').to_owned());
        };
        for hit in CLOCK.iter().flat_map(|regex| regex.captures_iter(&text)) {
            add("klockslag", &format!("{}.{}", &hit[1], &hit[2]));
        }
        for hit in SPAN.iter().flat_map(|regex| regex.captures_iter(&text)) {
            add(&hit[2], numeral(&hit[1]));
        }
        for hit in PHONE.iter().flat_map(|regex| regex.find_iter(&text)) {
            add("telefon", hit.as_str());
        }
        for hit in AMOUNT.iter().flat_map(|regex| regex.captures_iter(&text)) {
            add(&hit[2], &hit[1]);
        }
        let has_digit = |word: &String| word.bytes().any(|byte| byte.is_ascii_digit());
        let is_unit = |word: &String| {
            ["minut", "timm", "dygn", "dag", "veck", "månad", "kron"].iter().any(|unit| word.starts_with(unit))
        };
        let counts = |word: &String| {
            !has_digit(word)
                && !is_unit(word)
                && numeral(word) == word
                && !["inte", "aldrig", "får", "ska"].contains(&word.as_str())
        };
        let stems = content_words(&text).into_iter().filter(counts).map(|word| stem(&word)).collect();
        let forbids = ["får inte", "får aldrig", "ska inte", "ska aldrig", "aldrig", "är förbjud"];
        let forbids = forbids.iter().any(|words| text.contains(words));
        let allows = !text.contains(" inte ") && (text.contains("får ") || text.contains("ska "));
        Self { stems, values, forbids, allows }
    }

    fn disagrees(&self, other: &Self, is_local: bool) -> bool {
        let shared = self.stems.intersection(&other.stems).count();
        let share = |whole: usize| shared as f32 / whole.max(1) as f32;
        let shorter = self.stems.len().min(other.stems.len());
        let longer = self.stems.len().max(other.stems.len());
        let (least, part) = if is_local { ALIKE_FOR_UNIT } else { ALIKE };
        let forbidden = self.forbids && other.allows && !other.forbids || other.forbids && self.allows && !self.forbids;
        let opposite = forbidden && shared >= ALIKE.0 && share(longer) >= ALIKE.1;
        // Of two general routines a short line says little of what its value is for: most of both must be the same.
        let is_same_subject = shared >= least && share(shorter) >= part && (is_local || share(longer) >= SAME_SUBJECT);
        opposite || is_same_subject && self.values_differ(other, is_local)
    }

    /// Whether values of one kind differ. A unit's own line may name the general value beside its own.
    fn values_differ(&self, other: &Self, is_local: bool) -> bool {
        self.values.iter().any(|(kind, ours)| {
            other.values.get(kind).is_some_and(|theirs| {
                let few = ours.len() <= VALUES && theirs.len() <= VALUES;
                let apart = ours.is_disjoint(theirs);
                let beside = ours.len() == 2 * theirs.len() && theirs.is_subset(ours)
                    || theirs.len() == 2 * ours.len() && ours.is_subset(theirs);
                few && apart || is_local && beside
            })
        })
    }
}

/// A numeral in digits; any other word as it is.
fn numeral(word: &str) -> &str {
    match word {
        "en" | "ett" => "1",
        "två" => "2",
        "tre" => "3",
        "fyra" => "4",
        "fem" => "5",
        "sex" => "6",
        "sju" => "7",
        "åtta" => "8",
        "nio" => "9",
        "tio" => "10",
        "elva" => "11",
        "tolv" => "12",
        "femton" => "15",
        "tjugo" => "20",
        "trettio" => "30",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Span, Standing};
    use jiff::civil::{Date, date};

    const ALL: &str = "Fyrtornet, Strandgården, Almgården";

    fn quote(number: usize, text: &str, applies_to: &str, from: Date) -> Quote {
        Quote {
            number,
            text: text.to_owned(),
            before: String::new(),
            document: DocumentReference {
                id: format!("d{number}"),
                title: format!("Rutin {number}"),
                document_type: None,
                owner: Some("MAS".to_owned()),
                collection: None,
                case_number: None,
                standing: Standing::Valid,
                valid_from: Some(from),
                valid_until: None,
                review_due: None,
                applies_to: Some(applies_to.to_owned()),
            },
            heading_path: Vec::new(),
            page: None,
            passage: "p".to_owned(),
            span: Span { start: 0, end: 1 },
            url: String::new(),
            score: 1.0,
            decisive: text.to_owned(),
        }
    }

    fn found(a: (&str, &str, Date), b: (&str, &str, Date)) -> Option<Disagreement> {
        let quotes = vec![quote(1, a.0, a.1, a.2), quote(2, b.0, b.1, b.2)];
        Disagreement::all_in(&Evidence { quotes }).into_iter().next()
    }

    const OLD: Date = date(2025, 1, 1);
    const NEW: Date = date(2026, 1, 1);

    #[test]
    fn a_units_own_routine_goes_before_the_general_one() {
        let general = "Larmknapp: någon ska vara hos den boende inom 10 minuter";
        let own = "Någon ska vara hos den boende inom 7 minuter, inte 10.";
        let told = found((general, ALL, NEW), (own, "Fyrtornet", OLD));
        let told = told.map(|told| (told.first, told.second, told.precedence));
        assert_eq!(told, Some((2, 1, Precedence::Unit)));
        let beside = "Nivå: 1; Gemensam rutin: 23.00 och 03.00; Fyrtornet: 22.30 och 02.00";
        assert!(found((beside, "Fyrtornet", OLD), ("Nivå: 1; rutin: Kl. 23.00 och 03.00", ALL, NEW)).is_some());
        assert!(found((own, "Fyrtornet", OLD), ("Någon ska vara hos den boende inom 7 minuter.", ALL, NEW)).is_none());
        let naming = "Den kompletterar Rutin 2. Står det olika klockslag är det våra som gäller.";
        assert!(found((naming, "Fyrtornet", OLD), ("Tillsyn görs kl. 23.00.", ALL, NEW)).is_some());
        assert!(found((naming, "Kommunen", OLD), ("Tillsyn görs kl. 23.00.", ALL, NEW)).is_none());
    }

    #[test]
    fn of_two_general_routines_the_newer_is_named_and_whom_to_ask() {
        let told = found(
            ("Nycklarna inventeras av samordnaren var 14:e dag, ring 0980-31 92 21", ALL, OLD),
            ("Nycklarna inventeras av samordnaren, ring 0980-31 92 99", "Hemtjänst", NEW),
        );
        assert_eq!(told.as_ref().map(|told| (told.first, told.precedence)), Some((2, Precedence::Newer)));
        assert!(told.is_some_and(|told| told.explanation.contains("MAS")));
        let opposite = found(
            ("Insulinpennor får delas mellan boende på avdelningen", ALL, OLD),
            ("Insulinpennor får inte delas mellan boende på avdelningen", "Hemtjänst", NEW),
        );
        assert!(opposite.is_some());
    }

    #[test]
    fn routines_that_say_the_same_or_speak_of_other_things_agree() {
        for (a, b) in [
            ("Nycklarna inventeras var tredje månad", "Nycklarna inventeras var 3:e månad"),
            ("Provlarm görs inom 10 minuter", "Maten serveras inom 30 minuter"),
            ("Den boende vägs en gång per månad", "Blodtryck tas inom 2 månader på den som har flyttat in"),
            ("Ring sjuksköterskan på 0980-31 92 21", "Ring chef i beredskap på 0980-31 92 99"),
            ("Samtal erbjuds inom tre dagar", "Samtal erbjuds inom 3 dagar"),
            ("Hissen får inte användas vid brand", "Hissen får användas vid flytt av möbler till förrådet"),
        ] {
            assert_eq!(found((a, ALL, OLD), (b, "Hemtjänst", NEW)), None, "{a} / {b}");
        }
    }
}
