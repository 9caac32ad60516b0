//! Which days does a piece of Swedish text name?
//!
//! Reads dates as municipal documents write them: `2025-04-01`, `1 april 2025`, `den 1 april 2025`, `1/4 2025`,
//! `2025-04`, `april 2025`, `20250401`, `250401`, `2025`. Not here: relative times ("om två år", "våren 2026").

use std::sync::LazyLock;

use jiff::civil::Date;
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

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"];

/// Alternatives from the most to the least exact, so that a full date is not read as a year.
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = "jan(?:uari)?|feb(?:ruari)?|mars?|apr(?:il)?|maj|juni?|juli?|aug(?:usti)?|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?";
    Regex::new(&format!(
        r"(?i)\b(?:(?P<y1>(?:19|20)\d\d)[-./](?P<m1>\d{{1,2}})[-./](?P<d1>\d{{1,2}})\b|(?P<d2>\d{{1,2}})(?::?[ae])?\s+(?P<n2>{month})\.?,?\s+(?P<y2>(?:19|20)\d\d)\b|(?P<d3>\d{{1,2}})[/.](?P<m3>\d{{1,2}})[\s\-./]+(?P<y3>(?:19|20)\d\d)\b|(?P<y4>(?:19|20)\d\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>[0-3]\d)\b|(?P<n5>{month})\.?\s+(?P<y5>(?:19|20)\d\d)\b|(?P<y6>(?:19|20)\d\d)[-./](?P<m6>0[1-9]|1[0-2])\b|(?P<season>(?:vår|sommar|höst|vinter|början|slutet|mitten|kvartal|årsskiftet)\S*\s+(?:av\s+|\d\s+)?)?(?P<y7>(?:19|20)\d\d)\b(?P<junk>-[\dxX]{{1,2}}(?:-[\dxX]{{1,2}})?\b)?)"
    ))
    .ok()
});

/// Every date in `text`, in order.
pub(super) fn find_all(text: &str) -> Vec<Stretch> {
    if let Some(short) = six_digits(text) {
        return vec![short];
    }
    let Some(pattern) = DATE.as_ref() else {
        return Vec::new();
    };
    pattern.captures_iter(text).filter_map(|found| stretch(&found)).collect()
}

fn stretch(found: &Captures<'_>) -> Option<Stretch> {
    let whole = found.get(0)?;
    let number = |name: &str| found.name(name).and_then(|part| part.as_str().parse::<i16>().ok());
    let named = |name: &str| found.name(name).and_then(|part| month_number(part.as_str()));
    let (first, last) = if let (Some(year), Some(month), Some(day)) = (
        number("y1").or_else(|| number("y2")).or_else(|| number("y3")).or_else(|| number("y4")),
        number("m1").or_else(|| named("n2")).or_else(|| number("m3")).or_else(|| number("m4")),
        number("d1").or_else(|| number("d2")).or_else(|| number("d3")).or_else(|| number("d4")),
    ) {
        let date = civil(year, month, day)?;
        (date, date)
    } else if let (Some(year), Some(month)) =
        (number("y5").or_else(|| number("y6")), named("n5").or_else(|| number("m6")))
    {
        let first = civil(year, month, 1)?;
        (first, first.last_of_month())
    } else {
        // `2025-xx-xx` is a date that somebody meant to fill in, not the year 2025.
        if found.name("junk").is_some() {
            return None;
        }
        if found.name("season").is_some() {
            return None;
        }
        let year = number("y7")?;
        (civil(year, 1, 1)?, civil(year, 12, 31)?)
    };
    Some(Stretch { first, last, start: whole.start(), end: whole.end() })
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

fn month_number(name: &str) -> Option<i16> {
    let lower = name.to_lowercase();
    MONTHS.iter().position(|month| lower.starts_with(month)).map(|index| index as i16 + 1)
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<String> {
        find_all(text).first().map(|stretch| stretch.first.to_string())
    }

    #[test]
    fn one_day_in_every_form() {
        let forms = [
            "2025-04-01",
            "1 april 2025",
            "den 1 april 2025",
            "1/4 2025",
            "1/4-2025",
            "20250401",
            "250401",
            "2025-04",
            "april 2025",
            "1 apr. 2025",
            "2025-04-01, § 47",
            "2025.04.01",
            "1.4.2025",
            "Den 1:a april 2025",
        ];
        for form in forms {
            assert_eq!(first(form).as_deref(), Some("2025-04-01"), "{form}");
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
            "2025-4x",
            "våren 2027",
            "slutet av 2026",
            "kvartal 2 2027",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn stretches_end_where_their_precision_says() {
        assert_eq!(find_all("2024-02")[0].last.to_string(), "2024-02-29");
        assert_eq!(find_all("2027")[0].last.to_string(), "2027-12-31");
        let years = find_all("2024-2026");
        assert_eq!((years[0].first.to_string(), years[1].last.to_string()), ("2024-01-01".into(), "2026-12-31".into()));
    }
}
