//! How does Excel show this number, date or time in Sweden?
//!
//! Follows the cell's format code: percent, decimals, groups of thousands, leading zeros, units, dates and times, with
//! decimal comma and Swedish names of months. Numbers whose code is for fractions or powers of ten are shown plainly.
//! Not here: colours.

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"];

/// A date and time of day, and the number of days that Excel stores for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) days: f64,
}

/// A part of a format code.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Shown as it is.
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    /// A run of one letter for a date or time: `yyyy`.
    Letters(char, usize),
    /// `[h]`: all hours, beyond a day.
    AllHours,
    /// `AM/PM`.
    HalfDay,
    /// `General`, `E+`, `/` or `@`: what is shown plainly.
    Plain,
}

fn tokens(code: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push(Token::Literal(characters.by_ref().take_while(|next| *next != '"').collect())),
            '\\' => out.extend(characters.next().map(|next| Token::Literal(next.to_string()))),
            // A space as wide as the next character, or that character again and again.
            '_' | '*' => {
                characters.next();
                if character == '_' {
                    out.push(Token::Literal(" ".to_owned()));
                }
            }
            '[' => {
                let inner: String = characters.by_ref().take_while(|next| *next != ']').collect();
                let lower = inner.to_lowercase();
                if !lower.is_empty() && lower.chars().all(|letter| letter == 'h') {
                    out.push(Token::AllHours);
                } else if let Some(currency) = inner.strip_prefix('$') {
                    let unit = currency.split('-').next().unwrap_or_default();
                    out.push(Token::Literal(unit.to_owned()));
                }
            }
            '0' | '#' | '?' => out.push(Token::Digit(character)),
            '.' => out.push(Token::Point),
            ',' => out.push(Token::Comma),
            '%' => out.push(Token::Percent),
            '@' => out.push(Token::Plain),
            'a' | 'A' if matches!(characters.peek(), Some('m' | 'M' | '/')) => {
                // AM/PM or A/P.
                while characters.next_if(|next| matches!(next, 'm' | 'M' | '/' | 'p' | 'P')).is_some() {}
                out.push(Token::HalfDay);
            }
            'E' if matches!(characters.peek(), Some('+' | '-')) => out.push(Token::Plain),
            'G' if code.to_lowercase().contains("general") || code.contains("Standard") => out.push(Token::Plain),
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => {
                let letter = character.to_ascii_lowercase();
                let mut run = 1;
                while characters.next_if(|next| next.to_ascii_lowercase() == letter).is_some() {
                    run += 1;
                }
                out.push(Token::Letters(letter, run));
            }
            other => out.push(Token::Literal(other.to_string())),
        }
    }
    out
}

/// The section of a code for positive, negative or zero, and whether the sign is still to be shown.
fn section(code: &str, value: f64) -> (&str, bool) {
    let mut parts: Vec<&str> = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, character) in code.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&code[start..]);
    match parts.as_slice() {
        [_, negative, ..] if value < 0.0 => (negative, false),
        [_, _, zero, ..] if value == 0.0 => (zero, false),
        [positive, ..] => (positive, value < 0.0),
        [] => (code, value < 0.0),
    }
}

/// A number by its format code.
pub(super) fn number(value: f64, code: &str) -> String {
    let (code, signed) = section(code, value);
    let tokens = tokens(code);
    let shape = Shape::of(&tokens);
    let is_plain = tokens.iter().any(|token| matches!(token, Token::Plain | Token::Letters('y' | 'd' | 'h', _)))
        || tokens.iter().any(|token| matches!(token, Token::Literal(text) if text == "/") && shape.digits > 0);
    if is_plain || (shape.digits == 0 && tokens.iter().all(|token| *token == Token::Literal(String::new()))) {
        return plain(value);
    }
    let scale = if shape.percent { 100.0 } else { 1.0 } / 1_000f64.powi(shape.thousandths);
    let written = format!("{:.*}", shape.decimals, rounded((value * scale).abs(), shape.decimals));
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let fraction = fraction.get(..shape.least_decimals.max(fraction.trim_end_matches('0').len())).unwrap_or(fraction);
    let negative = signed && written.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let text = shape.fill(&tokens, whole, fraction);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if negative { format!("-{text}") } else { text }
}

/// Rounded as Excel does, a half always up; what lies beyond 15 digits is noise of the arithmetic.
fn rounded(value: f64, decimals: usize) -> f64 {
    let scale = 10f64.powi(decimals.min(15) as i32);
    let scaled = value * scale;
    // Nothing to round, and above 4.5e14 the nudge would be a whole unit.
    if scaled.fract() == 0.0 { value } else { (scaled * (1.0 + 1e-15)).round() / scale }
}

/// What the placeholders of a number's code ask for.
#[derive(Debug, Default)]
struct Shape {
    /// Placeholders before the point.
    digits: usize,
    /// Zeros among them: digits that are always shown.
    least_digits: usize,
    decimals: usize,
    least_decimals: usize,
    grouped: bool,
    percent: bool,
    /// Commas at the end: each divides by a thousand.
    thousandths: i32,
}

impl Shape {
    fn of(tokens: &[Token]) -> Self {
        let mut shape = Self::default();
        let mut after_point = false;
        let last_digit = tokens.iter().rposition(|token| matches!(token, Token::Digit(_)));
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Digit(digit) if after_point => {
                    shape.decimals += 1;
                    shape.least_decimals += usize::from(*digit == '0');
                }
                Token::Digit(digit) => {
                    shape.digits += 1;
                    // A zero to the left makes all places after it shown.
                    shape.least_digits += usize::from(*digit == '0' || shape.least_digits > 0);
                }
                Token::Point => after_point = true,
                Token::Percent => shape.percent = true,
                Token::Comma if last_digit.is_some_and(|last| at > last) => shape.thousandths += 1,
                Token::Comma => shape.grouped = true,
                _ => {}
            }
        }
        shape
    }

    /// Puts the digits in the places of the code, from the right, so that `000000-0000` shows its hyphen.
    fn fill(&self, tokens: &[Token], whole: &str, fraction: &str) -> String {
        let mut digits: Vec<char> = whole.trim_start_matches('0').chars().collect();
        while digits.len() < self.least_digits {
            digits.insert(0, '0');
        }
        let mut left = self.digits;
        let mut taken = 0;
        let mut out = String::new();
        let mut after_point = false;
        for token in tokens {
            match token {
                Token::Literal(text) => out.push_str(text),
                Token::Percent => out.push('%'),
                Token::Point => {
                    after_point = true;
                    if !fraction.is_empty() {
                        out.push(',');
                        out.push_str(fraction);
                    }
                }
                Token::Digit(_) if !after_point => {
                    left -= 1;
                    // The first place takes all digits that have no place of their own.
                    while digits.len().saturating_sub(taken) > left {
                        out.push(digits[taken]);
                        taken += 1;
                        let rest = digits.len() - taken;
                        if self.grouped && rest > 0 && rest.is_multiple_of(3) {
                            out.push(' ');
                        }
                    }
                }
                _ => {}
            }
        }
        out
    }
}

/// A number without a format: no more digits than people typed.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    // Excel keeps 15 digits; what lies beyond is noise of the arithmetic.
    let size = value.abs().log10().floor().max(0.0) as usize;
    let text = format!("{value:.*}", 14usize.saturating_sub(size).min(10));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').replace('.', ",") } else { text }
}

/// A date or time by its format code; Excel's own short date is the Swedish one.
pub(super) fn moment(at: &Moment, code: &str) -> String {
    let code = match code {
        "mm-dd-yy" => "yyyy-mm-dd",
        "m/d/yy h:mm" => "yyyy-mm-dd hh:mm",
        "h:mm AM/PM" => "hh:mm",
        other => section(other, at.days).0,
    };
    let tokens = tokens(code);
    let half_day = tokens.contains(&Token::HalfDay);
    let mut out = String::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Point => out.push('.'),
            Token::Comma => out.push(','),
            Token::AllHours => {
                let minutes = (at.days * 1_440.0).round();
                out.push_str(&((minutes / 60.0).floor() as i64).to_string());
            }
            Token::Letters('m', run) if is_minute(&tokens, index) => out.push_str(&padded(at.minute, *run)),
            Token::Letters(letter, run) => out.push_str(&letters(at, *letter, *run, half_day)),
            Token::HalfDay => out.push_str(if at.hour < 12 { "fm" } else { "em" }),
            Token::Digit(_) | Token::Percent | Token::Plain => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `m` is minutes next to hours or seconds, and else months.
fn is_minute(tokens: &[Token], index: usize) -> bool {
    let is_time = |token: &&Token| matches!(token, Token::Letters(_, _) | Token::AllHours);
    let before = tokens[..index].iter().rev().find(is_time);
    let after = tokens[index + 1..].iter().find(is_time);
    matches!(before, Some(Token::Letters('h', _) | Token::AllHours)) || matches!(after, Some(Token::Letters('s', _)))
}

fn padded(number: u8, run: usize) -> String {
    if run > 1 { format!("{number:02}") } else { number.to_string() }
}

fn letters(at: &Moment, letter: char, run: usize, half_day: bool) -> String {
    let cut = |name: &str, run: usize| if run == 3 { name.chars().take(3).collect() } else { name.to_owned() };
    match letter {
        'y' if run <= 2 => format!("{:02}", at.year % 100),
        'y' => at.year.to_string(),
        'm' if run >= 3 => {
            MONTHS.get(usize::from(at.month).wrapping_sub(1)).map_or_else(String::new, |name| cut(name, run))
        }
        'm' => padded(at.month, run),
        'd' if run >= 3 => {
            // Day 1 of Excel's calendar counts as a Sunday.
            let weekday = (at.days.floor() as i64 - 1).rem_euclid(7) as usize;
            WEEKDAYS.get(weekday).map_or_else(String::new, |name| cut(name, run))
        }
        'd' => padded(at.day, run),
        'h' if half_day => padded(if at.hour.is_multiple_of(12) { 12 } else { at.hour % 12 }, run),
        'h' => padded(at.hour, run),
        _ => padded(at.second, run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_excel_shows_them() {
        let cases = [
            (0.25, "0%", "25%"),
            (0.125, "0.0 %", "12,5 %"),
            (1234.5, "#,##0.00", "1 234,50"),
            (1_234_567.0, "#,##0 \"kr\"", "1 234 567 kr"),
            (450.0, "#,##0\\ [$kr-41D]", "450 kr"),
            (-45.0, "0", "-45"),
            (-45.0, "0;(0)", "(45)"),
            (7.0, "0000", "0007"),
            (8_501_011_234.0, "000000-0000", "850101-1234"),
            (0.1 + 0.2, "General", "0,3"),
            (112.0, "General", "112"),
            (865_432_101_234_567.0, "0", "865432101234567"),
            (1e15, "General", "1000000000000000"),
            (1_234_567_890_123_450.0, "General", "1234567890123450"),
            (123_456_789_012_340.5, "General", "123456789012340"),
            (2.5, "0.##", "2,5"),
            (2.0, "0.##", "2"),
            (1_500_000.0, "0.0,, \"mnkr\"", "1,5 mnkr"),
            (950.5, "#,##0 \"kr\"", "951 kr"),
            (1.005, "0.00", "1,01"),
            (0.5, "# ?/?", "0,5"),
            (37.5, "@", "37,5"),
            (0.0, "#,##0;-#,##0;\"–\"", "–"),
        ];
        for (value, code, expected) in cases {
            assert_eq!(number(value, code), expected, "{value} as {code}");
        }
    }

    #[test]
    fn dates_and_times_as_excel_shows_them() {
        // Wednesday 2 April 2025, 08:05.
        let at = Moment { year: 2025, month: 4, day: 2, hour: 8, minute: 5, second: 0, days: 45_749.336_805 };
        let cases = [
            ("mm-dd-yy", "2025-04-02"),
            ("yyyy\\-mm\\-dd", "2025-04-02"),
            ("d mmmm yyyy", "2 april 2025"),
            ("[$-41D]dddd d mmm", "onsdag 2 apr"),
            ("hh:mm", "08:05"),
            ("h:mm:ss", "8:05:00"),
            ("yyyy-mm-dd hh:mm", "2025-04-02 08:05"),
            ("h:mm AM/PM", "08:05"),
        ];
        for (code, expected) in cases {
            assert_eq!(moment(&at, code), expected, "{code}");
        }
        let long = Moment { days: 1.5, ..at };
        assert_eq!(moment(&long, "[h]:mm"), "36:05");
    }
}
