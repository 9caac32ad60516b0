//! Are two documents versions of the same routine, going by what they say and how they read?
//!
//! Not here: which of them is newer and which group they end in ([`super::families`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::{Candidate, Fingerprint, Member};
use crate::ingest::document::DocumentId;

/// Texts under the same title are versions from here on.
const ALIKE_UNDER_ONE_TITLE: f64 = 0.15;
/// Where it is not clear that they apply to the same people, or the title is a word that many documents bear.
const ALIKE_WITH_DOUBT: f64 = 0.4;
/// Texts under nearly the same title are versions from here on.
const ALIKE_UNDER_NEAR_TITLES: f64 = 0.7;
/// A group of documents that share a key is compared pair by pair up to this size.
const GROUP: usize = 200;

/// Words by which a document says that it stands beside the one that is otherwise called the same.
const BESIDE: [&str; 8] = ["lokal", "tillfällig", "bilaga", "lathund", "checklista", "mall", "blankett", "lättläst"];
/// Names of folders that say no more than that what lies there is old.
const ARCHIVE: [&str; 10] =
    ["arkiv", "gamla", "ersatta", "tidigare", "historik", "historiska", "upphävda", "inaktuella", "versioner", "old"];

/// Whether two documents are for the same people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Same,
    Different,
    /// One of them does not say, or one of them is for some of the other's people only.
    Unclear,
}

/// A document, prepared for comparing.
#[derive(Debug)]
pub(super) struct Profile<'a> {
    id: &'a DocumentId,
    /// Words of the title without dates and version numbers.
    title: Vec<String>,
    case: Option<String>,
    replaces: Option<String>,
    replaced_title: Vec<String>,
    applies_to: BTreeSet<String>,
    collection: Option<String>,
    folder: Vec<String>,
    /// The latest day that says how new it is.
    pub(super) day: Option<Date>,
    pub(super) version: Vec<u32>,
    first_day: Option<Date>,
    draft: bool,
    fingerprint: &'a Fingerprint,
}

impl<'a> Profile<'a> {
    pub(super) fn of(candidate: &'a Candidate) -> Self {
        let metadata = &candidate.metadata;
        let version = metadata.version.as_deref().unwrap_or("");
        let lower = format!("{} {version}", candidate.title).to_lowercase();
        let title = title_words(&candidate.title);
        let in_title = VERSION_NUMBER
            .as_ref()
            .and_then(|pattern| pattern.captures(&lower)?.get(1).map(|number| number.as_str().to_owned()));
        let mut day = metadata.validity.from.max(metadata.decided_on).max(metadata.revised_on);
        if day.is_none() {
            let year = YEAR.as_ref().and_then(|pattern| pattern.find_iter(&candidate.title).last());
            day = year.and_then(|year| Date::new(year.as_str().parse().ok()?, 1, 1).ok());
        }
        Self {
            id: &candidate.id,
            title,
            case: metadata.case_number.as_deref().map(bare).filter(|case| case.len() >= 4),
            replaces: metadata.replaces.as_deref().map(bare),
            replaced_title: metadata.replaces.as_deref().map(title_words).unwrap_or_default(),
            applies_to: items(metadata.applies_to.as_deref().unwrap_or("")),
            collection: metadata.collection.as_deref().map(str::to_lowercase),
            folder: folder(&candidate.place),
            day,
            version: numbers(if version.contains(|digit: char| digit.is_ascii_digit()) {
                version
            } else {
                in_title.as_deref().unwrap_or("")
            }),
            first_day: metadata.validity.from.or(metadata.decided_on),
            draft: ["utkast", "förslag", "remiss", "arbetsmaterial"]
                .iter()
                .any(|word| lower.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word))),
            fingerprint: &candidate.fingerprint,
        }
    }

    pub(super) fn member(&self, replaces: BTreeSet<usize>) -> Member {
        Member { id: self.id.clone(), first_day: self.first_day, draft: self.draft, replaces }
    }

    pub(super) fn scope(&self, other: &Self) -> Scope {
        let other_house = matches!((&self.collection, &other.collection), (Some(left), Some(right)) if left != right);
        if other_house {
            return Scope::Different;
        }
        match (self.applies_to.is_empty(), other.applies_to.is_empty()) {
            (true, true) if self.folder == other.folder => Scope::Same,
            (false, false) => self.said_scope(other),
            _ => Scope::Unclear,
        }
    }

    /// A later version may apply to more units, but one that applies to fewer may be a unit's own routine beside the
    /// general one.
    fn said_scope(&self, other: &Self) -> Scope {
        let (older, newer) = if self.day <= other.day { (self, other) } else { (other, self) };
        let (older, newer) = (&older.applies_to, &newer.applies_to);
        let common = older.intersection(newer).count();
        let all = older.union(newer).count();
        if older == newer {
            Scope::Same
        } else if common == 0 {
            Scope::Different
        } else if newer.is_subset(older) {
            Scope::Unclear
        } else if older.is_subset(newer) {
            if 2 * common >= all { Scope::Same } else { Scope::Unclear }
        } else if 3 * common >= 2 * all {
            // One unit has been added, another has gone.
            Scope::Same
        } else {
            Scope::Different
        }
    }

    /// Whether the two say in so many words that they are for the same people.
    fn says_the_same_scope(&self, other: &Self) -> bool {
        !self.applies_to.is_empty() && self.applies_to == other.applies_to
    }
}

/// How surely two documents are the same routine under different dates, in thousandths; `None` where they are not.
pub(super) fn same_routine(left: &Profile, right: &Profile) -> Option<u32> {
    let alike = left.fingerprint.likeness(right.fingerprint);
    let same_case = left.case.is_some() && left.case == right.case;
    let scope = left.scope(right);
    if scope == Scope::Different || (scope == Scope::Unclear && !same_case) {
        return None;
    }
    let needed = if left.title == right.title {
        let common_word = left.title.len() < 2;
        if common_word || scope == Scope::Unclear { ALIKE_WITH_DOUBT } else { ALIKE_UNDER_ONE_TITLE }
    } else if near(&left.title, &right.title) && same_case {
        ALIKE_WITH_DOUBT
    } else if near(&left.title, &right.title) && left.says_the_same_scope(right) {
        ALIKE_UNDER_NEAR_TITLES
    } else {
        return None;
    };
    (alike >= needed).then_some((alike * 1000.0) as u32)
}

/// Whether days, or version numbers where the days do not tell, say which of two is the newer one. A document without a
/// day may be older or newer than any other.
pub(super) fn tells_which_is_newer(left: &Profile, right: &Profile) -> bool {
    let both_dated = left.day.is_some() && right.day.is_some();
    let both_numbered = !left.version.is_empty() && !right.version.is_empty();
    if left.day == right.day { both_numbered && left.version != right.version } else { both_dated }
}

/// One title has every word of the other: "Rutin för nycklar" and "Rutin för nycklar och larm".
fn near(left: &[String], right: &[String]) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let mut more = long.iter().filter(|word| !short.contains(word));
    short.len() >= 2
        && long.len() - short.len() <= 2
        && short.iter().all(|word| long.contains(word))
        && !more.any(|word| BESIDE.iter().any(|beside| word.starts_with(beside)))
}

/// Pairs (new, old) where the one says that it replaces the other.
pub(super) fn declared(profiles: &[Profile]) -> Vec<(usize, usize)> {
    let mut by_case: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_title: HashMap<&[String], Vec<usize>> = HashMap::new();
    for (index, profile) in profiles.iter().enumerate() {
        if let Some(case) = &profile.case {
            by_case.entry(case).or_default().push(index);
        }
        by_title.entry(&profile.title).or_default().push(index);
    }
    let mut pairs = BTreeSet::new();
    for (index, profile) in profiles.iter().enumerate() {
        let Some(replaces) = &profile.replaces else { continue };
        for (case, olds) in &by_case {
            if !holds_case(replaces, case) {
                continue;
            }
            // One decision may have laid down many documents.
            let alone = olds.len() == 1;
            let fits = |old: &&usize| alone || same_routine(profile, &profiles[**old]).is_some();
            pairs.extend(olds.iter().filter(fits).filter(|old| **old != index).map(|old| (index, *old)));
        }
        let named = &profile.replaced_title;
        let olds = by_title.get(named.as_slice()).filter(|_| named.len() >= 2);
        for &old in olds.into_iter().flatten() {
            let earlier = profile.day.is_none() || profiles[old].day.is_none() || profiles[old].day < profile.day;
            if old != index && earlier && profile.scope(&profiles[old]) != Scope::Different {
                pairs.insert((index, old));
            }
        }
    }
    // Two that replace each other contradict each other.
    pairs.iter().copied().filter(|&(new, old)| !pairs.contains(&(old, new))).collect()
}

/// `sn202210` does not hold `sn20221`.
fn holds_case(text: &str, case: &str) -> bool {
    text.match_indices(case).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + case.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|next| next.is_ascii_digit())
    })
}

/// Pairs that share a title, a case number or a stretch of their sketches.
pub(super) fn worth_comparing(profiles: &[Profile]) -> BTreeSet<(usize, usize)> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, profile) in profiles.iter().enumerate() {
        groups.entry(format!("titel {}", profile.title.join(" "))).or_default().push(index);
        if let Some(case) = &profile.case {
            groups.entry(format!("dnr {case}")).or_default().push(index);
        }
        for (band, key) in profile.fingerprint.bands() {
            groups.entry(format!("text {band} {key:x}")).or_default().push(index);
        }
    }
    let mut pairs = BTreeSet::new();
    for members in groups.values().filter(|members| members.len() <= GROUP) {
        for (place, &left) in members.iter().enumerate() {
            pairs.extend(members[place + 1..].iter().map(|&right| (left.min(right), left.max(right))));
        }
    }
    pairs
}

static YEAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:19|20)\d\d\b").ok());
static VERSION_NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:version|ver|v|utgåva|rev)\.?\s?(\d+(?:\.\d+)*)\b").ok());
/// What changes in a title from version to version.
static CHANGING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let months = "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december";
    Regex::new(&format!(
        r"\b\d{{1,2}}(?::[ae])?\s+(?:{months})\b|\b(?:{months}|våren|hösten|sommaren|vintern)\s+(?:19|20)\d\d\b|\b(?:19|20)\d\d(?:[-–./]\d{{1,4}}){{0,2}}\b|\b(?:19|20)\d{{6}}\b|\b\d{{1,2}}/\d{{1,2}}(?:[\s-]+\d\d)?\b|\b(?:version|ver|v|utgåva|rev)\.?\s?\d+(?:\.\d+)*\b|\b(?:utkast|förslag|remissversion|remiss|arbetsmaterial|slutversion|slutlig|reviderad|uppdaterad|kopia|gammal|ny|nya|arkiverad|giltig|gäller|från|fr\.?o\.?m\.?|t\.?o\.?m\.?)\b|\(\d+\)"
    ))
    .ok()
});

fn title_words(title: &str) -> Vec<String> {
    let lower = title.to_lowercase();
    let rest =
        CHANGING.as_ref().map_or_else(|| lower.clone(), |changing| changing.replace_all(&lower, " ").into_owned());
    rest.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty() && !matches!(*word, "för" | "om" | "vid" | "och" | "i" | "på" | "av" | "den"))
        // "Riktlinjer för" and "Riktlinje för" are one title.
        .map(|word| match word {
            "riktlinjer" => "riktlinje".to_owned(),
            "rutiner" => "rutin".to_owned(),
            other => other.to_owned(),
        })
        .collect()
}

/// The folders that a document lies in, without those that say only how old it is.
fn folder(place: &str) -> Vec<String> {
    let folders = place.rsplit_once('/').map_or("", |(folders, _)| folders).split('/');
    let names = folders.map(|folder| {
        let mut words = title_words(folder);
        words.retain(|word| !ARCHIVE.contains(&word.as_str()));
        words.join(" ")
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// `Dnr SN 2022/0044` and `sn 2022/44` are written alike: letters and digits, zeros before numbers left out.
fn bare(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut out = String::new();
    for part in lower.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let part = if part.bytes().all(|byte| byte.is_ascii_digit()) { part.trim_start_matches('0') } else { part };
        if !matches!(part, "dnr" | "diarienummer" | "diarienr") {
            out.push_str(part);
            out.push('/');
        }
    }
    out.truncate(out.trim_end_matches('/').len());
    out
}

/// `Hemtjänst norr, LSS och natt` as three.
fn items(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase().replace(" och ", ",").replace(" samt ", ",");
    lower
        .split([',', ';', '/'])
        .map(|item| item.trim().trim_end_matches('.').to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

fn numbers(version: &str) -> Vec<u32> {
    version.split(|character: char| !character.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_without_what_changes() {
        let expected = title_words("Rutin för nyckelhantering");
        for title in [
            "Rutin för nyckelhantering 2024",
            "Rutin för nyckelhantering, version 2.1",
            "Rutin för nyckelhantering (reviderad 2025-04-01)",
            "Rutiner för nyckelhantering v3",
            "Rutin för nyckelhantering – utkast",
            "RUTIN FÖR NYCKELHANTERING våren 2025",
            "Rutin för nyckelhantering 1 april 2025",
        ] {
            assert_eq!(title_words(title), expected, "{title}");
        }
        assert_ne!(title_words("Rutin för nyckelhantering norr"), expected);
    }

    #[test]
    fn case_numbers_in_other_hands() {
        assert_eq!(bare("Dnr SN 2022/0044"), bare("sn 2022/44"));
        assert!(holds_case(&bare("Rutin från 2022 (SN 2022/0044)"), &bare("SN 2022/0044")));
        assert!(!holds_case(&bare("SN 2022/00441"), &bare("SN 2022/0044")));
    }
}
