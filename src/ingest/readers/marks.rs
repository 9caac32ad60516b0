//! Is this the number of a heading, or the mark of a list item?
//!
//! Shared by the readers that have to tell structure from text (PDF, plain text), and by those of office files for the
//! marks that lists show. Not here: fonts and positions.

/// Bullets as fonts and people write them, Symbol's private characters included.
const BULLETS: &[char] = &[
    '•', '◦', '▪', '▫', '■', '□', '●', '○', '‣', '⁃', '∙', '·', '–', '—', '-', '*', '✓', '✔', '☐', '☑', '➢',
    '\u{f0b7}', '\u{f0a7}', '\u{f0d8}', '\u{f0fc}',
];

/// Splits `3. Ring` or `• Ring` into mark and text. Bullets other than hyphens and stars keep their form.
pub(super) fn list_mark(line: &str) -> Option<(String, &str)> {
    let mut characters = line.chars();
    let first = characters.next()?;
    if BULLETS.contains(&first) {
        let rest = characters.as_str();
        let text = rest.trim_start();
        let apart = rest.len() > text.len() || matches!(first, '\u{f000}'..='\u{f0ff}' | '•');
        return (apart && !text.is_empty()).then(|| (bullet(first), text));
    }
    let (mark, text) = line.split_once(char::is_whitespace)?;
    let text = text.trim_start();
    (is_ordinal(mark) && !text.is_empty()).then(|| (mark.to_owned(), text))
}

/// A bullet alone, as PDF files often have it on its own.
pub(super) fn lone_mark(word: &str) -> Option<String> {
    let mut characters = word.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) if BULLETS.contains(&only) => Some(bullet(only)),
        (Some('o'), None) => Some("◦".to_owned()),
        _ => is_ordinal(word).then(|| word.to_owned()),
    }
}

/// Whether this is a bullet and nothing else.
pub(super) fn is_bullet(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|only| BULLETS.contains(&only)) && characters.next().is_none()
}

fn bullet(character: char) -> String {
    match character {
        '-' | '*' | '–' | '—' | '·' | '∙' | '●' | '\u{f000}'..='\u{f0ff}' => "•".to_owned(),
        other => other.to_string(),
    }
}

/// `1.`, `12)`, `a)`, `b.`, `iv.`; not `2025.` nor `1.2` nor `kl.`.
fn is_ordinal(word: &str) -> bool {
    let Some(bare) = word.strip_suffix(['.', ')']) else {
        return false;
    };
    let bare = bare.strip_prefix('(').unwrap_or(bare);
    let digits = !bare.is_empty() && bare.len() <= 2 && bare.bytes().all(|byte| byte.is_ascii_digit());
    let letter = bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_lowercase());
    let roman = (2..=4).contains(&bare.len()) && bare.bytes().all(|byte| matches!(byte, b'i' | b'v' | b'x'));
    digits || letter || roman
}

/// Depth of a heading's number: `3 Ansvar` is 1, `3.1 Chefen` is 2; `None` without a number.
pub(super) fn heading_number(line: &str) -> Option<u8> {
    let (number, rest) = line.split_once(char::is_whitespace)?;
    let starts_well = rest.trim_start().chars().next().is_some_and(char::is_uppercase);
    let parts: Vec<&str> = number.strip_suffix('.').unwrap_or(number).split('.').collect();
    let numeric =
        parts.iter().all(|part| !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()));
    (numeric && starts_well && parts.len() <= 5).then_some(parts.len() as u8)
}

/// Whether this is a line of a table of contents, `3. Ansvar ........ 5`.
pub(super) fn is_contents_line(text: &str) -> bool {
    let bare = text.trim_end_matches(|character: char| character.is_ascii_digit() || character == ' ');
    bare.len() < text.len()
        && (bare.ends_with("....") || bare.ends_with(". . . ") || bare.ends_with(". . .") || bare.ends_with("……"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_what_only_looks_like_one() {
        assert_eq!(list_mark("3. Ring"), Some(("3.".into(), "Ring")));
        assert_eq!(list_mark("a) Ring"), Some(("a)".into(), "Ring")));
        assert_eq!(list_mark("– Ring"), Some(("•".into(), "Ring")));
        assert_eq!(list_mark("\u{f0b7} Ring"), Some(("•".into(), "Ring")));
        for line in ["-5 grader", "2025. Nytt", "kl. 08", "1.2 Ansvar", "112 rings", "*viktigt*"] {
            assert_eq!(list_mark(line), None, "{line}");
        }
    }

    #[test]
    fn heading_numbers_give_depth() {
        assert_eq!(heading_number("3 Ansvar"), Some(1));
        assert_eq!(heading_number("3.1. Chefen"), Some(2));
        assert_eq!(heading_number("3 dagar"), None);
        assert_eq!(heading_number("2025 Nytt"), None);
    }

    #[test]
    fn lines_of_the_table_of_contents() {
        assert!(is_contents_line("1. Inledning ..... 4"));
        assert!(!is_contents_line("Ring 112"));
    }
}
