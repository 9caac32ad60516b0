//! Which characters stand over, under or beside others and belong to them?
//!
//! Old LaTeX lays accents over letters as characters of their own; note marks and exponents are set raised. Both are
//! joined to what they belong to. Not here: accents that are part of a font's letters.

use unicode_normalization::UnicodeNormalization;

use super::ink::Glyph;
use super::words::Word;

/// Lays accents that were drawn by themselves onto the letters drawn with them, and drops them.
pub(super) fn compose(glyphs: &mut Vec<Glyph>) {
    let mut dropped = vec![false; glyphs.len()];
    for index in 0..glyphs.len() {
        let Some(mark) = combining(&glyphs[index].text) else { continue };
        // TeX draws the accent first, others the letter.
        for neighbour in [Some(index + 1), index.checked_sub(1)].into_iter().flatten() {
            let Some(letter) = glyphs.get(neighbour).filter(|letter| is_under(letter, &glyphs[index])) else {
                continue;
            };
            let base = match letter.text.as_str() {
                "ı" => "i",
                "ȷ" => "j",
                other => other,
            };
            let composed: String = base.chars().chain([mark]).nfc().collect();
            if composed.chars().count() == 1 {
                glyphs[neighbour].text = composed;
                dropped[index] = true;
                break;
            }
        }
    }
    for index in 1..glyphs.len() {
        // TeX's ligatures, read through the table of letters that PDF files use for their own strings.
        let ligature = match glyphs[index].text.as_str() {
            "˙" => "ff",
            "˝" => "fi",
            "˛" => "fl",
            _ => continue,
        };
        let letter = |glyph: Option<&Glyph>| {
            let same_line = |glyph: &&Glyph| (glyph.y - glyphs[index].y).abs() < 0.1;
            glyph.filter(same_line).is_some_and(|glyph| glyph.text.chars().all(char::is_alphabetic))
        };
        if !dropped[index] && (letter(glyphs.get(index - 1)) || letter(glyphs.get(index + 1))) {
            ligature.clone_into(&mut glyphs[index].text);
        }
    }
    let mut index = 0;
    glyphs.retain(|_| {
        index += 1;
        !dropped[index - 1]
    });
}

/// The accent that is laid over a letter for one that stands alone.
fn combining(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let mark = match characters.next()? {
        '¨' => '\u{308}',
        '˚' | '°' => '\u{30a}',
        '´' => '\u{301}',
        '`' => '\u{300}',
        'ˆ' => '\u{302}',
        '˜' => '\u{303}',
        '¸' => '\u{327}',
        'ˇ' => '\u{30c}',
        mark @ '\u{300}'..='\u{36f}' => mark,
        _ => return None,
    };
    characters.next().is_none().then_some(mark)
}

fn is_under(letter: &Glyph, accent: &Glyph) -> bool {
    let middle = accent.x + accent.width / 2.0;
    letter.text.chars().all(char::is_alphabetic)
        && letter.x - 0.02 * letter.size <= middle
        && middle <= letter.x + letter.width + 0.02 * letter.size
        && (letter.y - accent.y).abs() < 0.6 * letter.size
}

/// More small words than this are no note marks.
const MAX_SMALL: usize = 2_000;

/// Joins raised and lowered numbers to the words that they stand by, and marks those that stand by themselves as
/// raised.
pub(super) fn join_raised(words: &mut Vec<Word>) {
    let largest = words.iter().map(|word| word.size).fold(0.0, f64::max);
    let small: Vec<usize> = (0..words.len())
        .filter(|index| is_number(&words[*index]) || (words[*index].size < 0.85 * largest && is_short(&words[*index])))
        .collect();
    if small.len() > MAX_SMALL {
        return;
    }
    let mut dropped = vec![false; words.len()];
    for index in small {
        let mark = words[index].clone();
        let before = words.iter().position(|word| {
            is_beside(&mark, word) && (-0.15 * word.size..0.14 * word.size).contains(&(mark.x0 - word.x1))
        });
        if let Some(before) = before.filter(|before| !dropped[*before]) {
            let word = &mut words[before];
            let raised = mark.y > word.y;
            word.text.extend(mark.text.chars().map(|one| if raised { superscript(one) } else { one }));
            word.x1 = word.x1.max(mark.x1);
            dropped[index] = true;
            continue;
        }
        let after = words.iter().position(|word| {
            is_beside(&mark, word) && (-0.1 * word.size..0.8 * word.size).contains(&(word.x0 - mark.x1))
        });
        if let Some(after) = after.filter(|after| mark.y > words[*after].y && is_number(&mark)) {
            let (y, size) = (words[after].y, words[after].size);
            let word = &mut words[index];
            word.text = mark.text.chars().map(superscript).collect();
            (word.y, word.size) = (y, size);
        }
    }
    let mut index = 0;
    words.retain(|_| {
        index += 1;
        !dropped[index - 1]
    });
}

fn is_short(word: &Word) -> bool {
    word.text.chars().count() <= 4 && word.text.chars().any(char::is_alphanumeric)
}

fn is_number(word: &Word) -> bool {
    word.text.chars().count() <= 2 && word.text.chars().all(|one| one.is_ascii_digit() || one == '*')
}

/// Whether the mark is raised or lowered against the word; one of nearly the same size must be clearly raised.
fn is_beside(mark: &Word, word: &Word) -> bool {
    let rise = (mark.y - word.y) / word.size.max(1.0);
    if mark.size < 0.85 * word.size {
        return (-0.35..0.7).contains(&rise) && rise.abs() > 0.08;
    }
    mark.size < 1.02 * word.size && is_number(mark) && !is_number(word) && (0.25..0.6).contains(&rise)
}

/// A raised number must not become part of the number or word before it.
fn superscript(character: char) -> char {
    match character {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32(0x2070 + (character as u32 - '0' as u32)).unwrap_or(character),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink::Mark;
    use super::*;

    #[test]
    fn accents_are_laid_onto_their_letters() {
        let glyph = |x: f64, text: &str| Glyph {
            x,
            y: 0.0,
            width: 5.0,
            size: 10.0,
            font: None,
            mark: Mark::None,
            direction: (1.0, 0.0),
            text: text.to_owned(),
        };
        let mut glyphs = vec![glyph(0.0, "f"), glyph(5.0, "¨"), glyph(5.0, "o"), glyph(10.0, "r"), glyph(30.0, "°")];
        compose(&mut glyphs);
        assert_eq!(glyphs.iter().map(|glyph| glyph.text.as_str()).collect::<String>(), "för°");
    }

    #[test]
    fn note_marks_and_exponents() {
        let word = |text: &str, x0: f64, x1: f64, y: f64, size: f64| Word {
            text: text.to_owned(),
            x0,
            x1,
            y,
            size,
            ..Word::default()
        };
        let mut words = vec![
            word("plats.", 0.0, 30.0, 0.0, 10.0),
            word("12", 30.0, 36.0, 3.5, 7.0),
            word("1", 0.0, 3.0, -17.0, 6.0),
            word("Vid", 4.0, 20.0, -20.0, 9.0),
        ];
        join_raised(&mut words);
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["plats.¹²", "¹", "Vid"]);
    }
}
