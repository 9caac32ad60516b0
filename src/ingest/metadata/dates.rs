//! Which days does a piece of Swedish text name?
//!
//! Reads dates as municipal documents write them: `2025-04-01`, `den 1:a april 2025`, `1/4 2025`, `1/4-25`,
//! `2025.04.01`, `20250401`, `april 2025`, `2025-04`, `v. 14 2025`, `Q2 2025`, `2025`, and ranges of them such as
//! `1 januari–30 juni 2025`. What looks like a date and is none (a case number, a statute's number, `2025-xx-xx`,
//! "våren 2025") is passed over whole. Not here: times that count from another day ("två år efter beslut",
//! [`super::terms`]).

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use regex::{Captures, Regex};

/// The days that a date of any precision covers, and where in the text it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// First day: `2025-04` begins on 1 April.
    pub(super) first: Date,
    /// Last day: `2025-04` ends on 30 April.
    pub(super) last: Date,
    /// Byte offset of the first character.
    pub(super) start: usize,
    /// Byte offset after the last character.
    pub(super) end: usize,
}

impl Stretch {
    /// Whether only a year was written.
    pub(super) fn is_year(self) -> bool {
        self.first.day_of_year() == 1 && self.last == self.first.last_of_year()
    }
}

/// First and last day; two of them for a range.
type Days = Vec<(Date, Date)>;
/// What a way of writing means.
type Meaning = fn(&Captures<'_>) -> Option<Days>;

/// A way of writing dates: what it looks like and what it means. No days: it only looks like a date.
struct Form {
    pattern: Regex,
    days: Meaning,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"];
const MONTH: &str = "jan(?:uari)?|feb(?:ruari)?|mars?|apr(?:il)?|maj|juni?|juli?|aug(?:usti)?|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const TO: &str = r"\s*(?:-|–|—|t\.?\s?o\.?\s?m\.?|till och med|till)\s*(?:den\s+)?";
const YEAR: &str = r"(?P<y>(?:19|20)\d\d)";

/// Where two forms begin at the same place, the one further up counts.
const FORMS: &[(&str, Meaning)] = &[
    // "KF 15/4 2025" names who and when; without a year it may be a case number.
    (r"(?-i:\b[A-ZÅÄÖ]{2,8})\s(?P<at>(?P<d>\d{1,2})/(?P<m>\d{1,2})[\s\-./–,]+{Y}\b)", day),
    // Case numbers, statutes and paragraphs.
    (r"(?-i:\b[A-ZÅÄÖ]{2,8})[\s-]?\d{2,4}(?:[/:]\d{1,6}|[-.]\d{3,6})(?:[-/.]\d+)*\b", never),
    (r"\b(?:dnr|diarienr|diarienummer)\.?:?\s*[\d./:-]+", never),
    (r"\b\d{4}:\d+\b|\b\d{4}/\d{3}\b|\b\d{4}/[013-9]\d{3}\b", never),
    (r"§+\s*\d+(?:/\d+)?", never),
    (r"\b{Y}\s?[-./–]\s?(?P<m>\d{1,2})\s?[-./–]\s?(?P<d>\d{1,2})\b", day),
    (r"\b{Y} (?P<m>\d\d) (?P<d>\d\d)\b", day),
    // A personal identity number is no date.
    (r"\b(?:19|20)\d{6}[-+]?\d{4}\b", never),
    (r"\b{Y}(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)\b", day),
    (r"\b{Y}[\s,-]*(?:W|v\.?\s?|vecka\s)(?P<w>\d{1,2})\b", week),
    (r"\b{Y}[\s,-]*(?:Q|kv\.?\s?|kvartal\s)(?P<q>[1-4])\b", quarter),
    (r"\b{Y}[-./](?P<m>0[1-9]|1[0-2])\b", month),
    (
        r"\b(?P<d>\d{1,2})(?::?[ae])?(?:\s+(?P<n>{M})\.?)?{TO}(?P<d2>\d{1,2})(?::?[ae])?\s+(?P<n2>{M})\.?,?\s+{Y}\b",
        days,
    ),
    (r"\b(?P<d>\d{1,2})(?::?[ae])?\s+(?P<n>{M})\.?,?\s+{Y}\b", day),
    (r"\b(?P<d>\d{1,2})(?::?[ae])?\s+(?P<n>{M})\.?,?\s*[-–’'](?P<yy>\d\d)\b", day),
    (r"\b(?P<d>\d{1,2})/(?P<m>\d{1,2}){TO}(?P<d2>\d{1,2})/(?P<m2>\d{1,2})[\s\-–]+{Y}\b", days),
    (r"\b(?P<d>\d{1,2})[/.]\s?(?P<m>\d{1,2})[\s\-./–,]+{Y}\b", day),
    (r"\b(?P<d>\d{1,2})/(?P<m>\d{1,2})\s?[-–’'/\s]\s?(?P<yy>\d\d)\b", day),
    (r"\b(?P<n>{M})\.?{TO}(?P<n2>{M})\.?\s+{Y}\b", months),
    (r"\b(?P<n>{M})\.?,?\s+{Y}\b", month),
    (r"\b(?:vecka|v\.?)\s?(?P<w>\d{1,2})[\s,/-]+(?:år\s+)?{Y}\b", week),
    (r"\b(?:Q|kv\.?\s?|kvartal\s)(?P<q>[1-4])[\s,/-]+(?:år\s+)?{Y}\b", quarter),
    (r"\b(?P<o>första|andra|tredje|fjärde|[1-4]:[ae])\s+kvartalet\s+(?:år\s+)?{Y}\b", quarter),
    (
        r"\b(?:\w*vår(?:en)?|\w*sommar(?:en)?|\w*höst(?:en)?|\w*vinter(?:n)?|början|slutet|mitten|årsskiftet|halvårsskiftet|halvåret|läsåret|julen|påsken)\s+(?:av\s+|år\s+)*(?:19|20)\d\d(?:/\d{2,4})?",
        never,
    ),
    (r"\b{Y}(?P<junk>[-/.][\dx?]{1,2}(?:[-/.][\dx?]{1,2})?\b)?", year),
];

static COMPILED: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let compile = |&(pattern, days): &(&str, Meaning)| {
        let pattern = pattern.replace("{Y}", YEAR).replace("{M}", MONTH).replace("{TO}", TO);
        Regex::new(&format!("(?i){pattern}")).ok().map(|pattern| Form { pattern, days })
    };
    FORMS.iter().filter_map(compile).collect()
});

/// Every date in `text`, in order; a range gives two.
pub(super) fn find_all(text: &str) -> Vec<Stretch> {
    if let Some(short) = six_digits(text) {
        return vec![short];
    }
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let next = COMPILED
            .iter()
            .filter_map(|form| form.pattern.captures_at(text, at).map(|captures| (form, captures)))
            .min_by_key(|(_, captures)| captures.get(0).map_or(usize::MAX, |whole| whole.start()));
        let Some((form, captures)) = next else { return found };
        let Some(whole) = captures.get(0) else { return found };
        // Some forms begin with a word that is no part of the date.
        let start = captures.name("at").unwrap_or(whole).start();
        for (first, last) in (form.days)(&captures).unwrap_or_default() {
            found.push(Stretch { first, last, start, end: whole.end() });
        }
        at = whole.end();
    }
}

fn never(_: &Captures<'_>) -> Option<Days> {
    None
}

fn day(found: &Captures<'_>) -> Option<Days> {
    let date = civil(read_year(found)?, read_month(found, "m", "n")?, number(found, "d")?)?;
    Some(vec![(date, date)])
}

fn days(found: &Captures<'_>) -> Option<Days> {
    let year = number(found, "y")?;
    let last = civil(year, read_month(found, "m2", "n2")?, number(found, "d2")?)?;
    let first = civil(year, read_month(found, "m", "n").unwrap_or(i16::from(last.month())), number(found, "d")?)?;
    Some(vec![(first, first), (last, last)])
}

fn month(found: &Captures<'_>) -> Option<Days> {
    let first = civil(number(found, "y")?, read_month(found, "m", "n")?, 1)?;
    Some(vec![(first, first.last_of_month())])
}

fn months(found: &Captures<'_>) -> Option<Days> {
    let year = number(found, "y")?;
    let first = civil(year, named(found, "n")?, 1)?;
    let last = civil(year, named(found, "n2")?, 1)?;
    Some(vec![(first, first.last_of_month()), (last, last.last_of_month())])
}

fn week(found: &Captures<'_>) -> Option<Days> {
    let week = i8::try_from(number(found, "w")?).ok()?;
    let monday = ISOWeekDate::new(number(found, "y")?, week, Weekday::Monday).ok()?.date();
    Some(vec![(monday, monday.checked_add(6.days()).ok()?)])
}

fn quarter(found: &Captures<'_>) -> Option<Days> {
    let quarter = number(found, "q").or_else(|| {
        let word = found.name("o")?.as_str().to_lowercase();
        let place = ["första", "andra", "tredje", "fjärde"].iter().position(|name| *name == word);
        place.map(|index| index as i16 + 1).or_else(|| word.get(..1)?.parse().ok())
    })?;
    let first = civil(number(found, "y")?, quarter * 3 - 2, 1)?;
    Some(vec![(first, civil(number(found, "y")?, quarter * 3, 1)?.last_of_month())])
}

/// `2025-xx-xx` is a date that somebody meant to fill in, not the year 2025.
fn year(found: &Captures<'_>) -> Option<Days> {
    if found.name("junk").is_some() {
        return None;
    }
    let first = civil(number(found, "y")?, 1, 1)?;
    Some(vec![(first, first.last_of_year())])
}

fn number(found: &Captures<'_>, name: &str) -> Option<i16> {
    found.name(name)?.as_str().parse().ok()
}

fn read_year(found: &Captures<'_>) -> Option<i16> {
    number(found, "y").or_else(|| Some(2000 + number(found, "yy")?))
}

fn read_month(found: &Captures<'_>, digits: &str, name: &str) -> Option<i16> {
    if found.name(digits).is_some() { number(found, digits) } else { named(found, name) }
}

fn named(found: &Captures<'_>, name: &str) -> Option<i16> {
    let lower = found.name(name)?.as_str().to_lowercase();
    MONTHS.iter().position(|month| lower.starts_with(month)).map(|index| index as i16 + 1)
}

/// `250401`, only where it is the whole value.
fn six_digits(text: &str) -> Option<Stretch> {
    let trimmed = text.trim();
    if trimmed.len() != 6 || !trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i16 = trimmed.get(..2)?.parse().ok()?;
    let date = civil(2000 + year, trimmed.get(2..4)?.parse().ok()?, trimmed.get(4..)?.parse().ok()?)?;
    Some(Stretch { first: date, last: date, start: 0, end: text.len() })
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> String {
        let show = |stretch: &Stretch| {
            if stretch.first == stretch.last {
                stretch.first.to_string()
            } else {
                format!("{}..{}", stretch.first, stretch.last)
            }
        };
        find_all(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_form_is_written_right() {
        assert_eq!(COMPILED.len(), FORMS.len());
    }

    #[test]
    fn one_day_in_every_form() {
        let forms = [
            "2025-04-01",
            "1 april 2025",
            "den 1 april 2025",
            "1/4 2025",
            "1/4-2025",
            "1/4-25",
            "1/4 -25",
            "1/4 25",
            "1/4/25",
            "1 april -25",
            "20250401",
            "250401",
            "1 apr. 2025",
            "2025-04-01, § 47",
            "2025.04.01",
            "2025/04/01",
            "2025–04–01",
            "2025 04 01",
            "1.4.2025",
            "01.04.2025",
            "Den 1:a april 2025",
            "1 April, 2025",
            "KF 2025-04-01 § 12",
            "KF 01/4 2025 § 12",
            "DEN 01/4 2025",
            "GÄLLER FRÅN 01/4 2025",
            "SN 2024/0501, 2025-04-01",
        ];
        for form in forms {
            assert_eq!(all(form), "2025-04-01", "{form}");
        }
    }

    #[test]
    fn stretches_end_where_their_precision_says() {
        let cases = [
            ("2025-04", "2025-04-01..2025-04-30"),
            ("april 2025", "2025-04-01..2025-04-30"),
            ("2024-02", "2024-02-01..2024-02-29"),
            ("2027", "2027-01-01..2027-12-31"),
            ("v. 14 2025", "2025-03-31..2025-04-06"),
            ("vecka 1, 2026", "2025-12-29..2026-01-04"),
            ("2025-W14", "2025-03-31..2025-04-06"),
            ("2025 v 14", "2025-03-31..2025-04-06"),
            ("Q2 2025", "2025-04-01..2025-06-30"),
            ("kvartal 4 2025", "2025-10-01..2025-12-31"),
            ("andra kvartalet 2025", "2025-04-01..2025-06-30"),
            ("2025 Q1", "2025-01-01..2025-03-31"),
            ("2024-2026", "2024-01-01..2024-12-31 2026-01-01..2026-12-31"),
            ("2025-01-01--2025-12-31", "2025-01-01 2025-12-31"),
            ("2025-01-01–2025-12-31", "2025-01-01 2025-12-31"),
            ("1 januari–31 december 2025", "2025-01-01 2025-12-31"),
            ("den 1 juni till och med den 31 augusti 2025", "2025-06-01 2025-08-31"),
            ("1–15 april 2025", "2025-04-01 2025-04-15"),
            ("1/6–31/8 2025", "2025-06-01 2025-08-31"),
            ("juni–augusti 2025", "2025-06-01..2025-06-30 2025-08-01..2025-08-31"),
            ("2025-01 – 2026-12", "2025-01-01..2025-01-31 2026-12-01..2026-12-31"),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date() {
        for text in [
            "2025-xx-xx",
            "2025-13-40",
            "31 februari 2025",
            "snart",
            "12345",
            "SN 20/15",
            "SN 2025/04",
            "Dnr SN 2025/0401",
            "dnr 250401",
            "dnr 2025-04",
            "Diarienummer: 2025-0401",
            "KFKS 2024-1145",
            "2024/0123",
            "SFS 2010:110",
            "19850401-1234",
            "§ 2024",
            "2025-4x",
            "våren 2027",
            "slutet av 2026",
            "hösten år 2026",
            "årsskiftet 2025/2026",
            "vecka 60 2025",
        ] {
            assert_eq!(all(text), "", "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_day_in_any_form_is_found_in_any_text(
            year in 2000i16..2100, month in 1i8..=12, day in 1i8..=28, before in "[a-zåäö ]{0,12}", form in 0usize..5,
        ) {
            let date = Date::new(year, month, day).unwrap();
            let name = ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
                "oktober", "november", "december"][month as usize - 1];
            let written = match form {
                0 => date.to_string(),
                1 => format!("{day} {name} {year}"),
                2 => format!("{day}/{month} {year}"),
                3 => format!("den {day}:e {name} {year}"),
                _ => format!("{year}.{month:02}.{day:02}"),
            };
            let text = format!("{before}: {written}.");
            let found = find_all(&text);
            prop_assert_eq!(found.len(), 1, "{}", text);
            prop_assert_eq!((found[0].first, found[0].last), (date, date));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            for stretch in find_all(&text) {
                prop_assert!(text.get(stretch.start..stretch.end).is_some());
            }
        }
    }
}
