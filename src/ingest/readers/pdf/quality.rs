//! Does this page's text look like text that somebody wrote?
//!
//! A number between 0 and 1 for what a parser made of a page, so that the better of two can be taken and a page that
//! neither can decode is told. Not here: where the words stand.

use super::ink::PageInk;
use super::words::Page;

/// A page this good needs no second opinion.
pub(super) const GOOD: f64 = 0.97;
/// A page below this cannot be quoted.
pub(super) const READABLE: f64 = 0.6;

/// Commonest words of Swedish, and of English, which some manuals are in.
const COMMON: &[&str] = &[
    "och", "att", "det", "som", "en", "på", "är", "av", "för", "med", "till", "den", "har", "de", "inte", "om", "ett",
    "vid", "ska", "kan", "eller", "från", "the", "and", "of", "to", "in", "is", "for",
];
/// Words of one letter that are words.
const SHORT: &[char] = &['i', 'å', 'ö', 'a', 'I', 'A', 'Å', 'Ö'];
const VOWELS: &[char] = &['a', 'e', 'i', 'o', 'u', 'y', 'å', 'ä', 'ö', 'é', 'è', 'ü', 'á', 'í', 'ó', 'ø', 'æ'];
/// No ordinary Swedish word is longer without a hyphen.
const LONGEST: usize = 32;

/// The quality of a page's text; `None` if the page has none.
pub(super) fn of(ink: &PageInk, page: &Page) -> Option<f64> {
    let (mut known, mut unknown) = (0_usize, 0_usize);
    for character in ink.glyphs.iter().flat_map(|glyph| glyph.text.chars()) {
        match character {
            // Symbol's bullets.
            '\u{f020}'..='\u{f0ff}' => known += 1,
            '\u{fffd}' | '\u{e000}'..='\u{f8ff}' => unknown += 1,
            other if other.is_control() => unknown += 1,
            other if other.is_whitespace() => {}
            _ => known += 1,
        }
    }
    let unread = ink.glyphs.iter().filter(|glyph| glyph.text.is_empty()).count();
    if known + unknown == 0 && unread < 20 {
        return None;
    }
    let clear = known as f64 / (known + unknown + unread).max(1) as f64;
    Some(clear * likelihood(page))
}

/// How much the words are like words.
fn likelihood(page: &Page) -> f64 {
    let (mut letters, mut odd, mut lone, mut words, mut common) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for word in &page.words {
        let bare = word.text.trim_matches(|character: char| !character.is_alphanumeric());
        let length = bare.chars().count();
        if length == 0 || !bare.chars().all(char::is_alphabetic) {
            continue;
        }
        words += 1;
        letters += length;
        let lower = bare.to_lowercase();
        common += usize::from(COMMON.contains(&lower.as_str()));
        let only = bare.chars().next().filter(|_| length == 1);
        // "a)" and "B." are marks.
        let is_mark = bare.len() < word.text.len();
        lone += usize::from(only.is_some_and(|only| !SHORT.contains(&only) && !is_mark));
        let no_vowel = length >= 5 && !lower.chars().any(|character| VOWELS.contains(&character));
        let shouted = bare.chars().all(char::is_uppercase);
        // An accent on its own or a capital inside a word comes from a wrong table of letters.
        let mixed = length >= 4 && !shouted && bare.chars().skip(1).filter(|letter| letter.is_uppercase()).count() > 2;
        if length > LONGEST || (no_vowel && !shouted) || mixed {
            odd += length;
        }
    }
    if words < 8 {
        return 1.0;
    }
    let odd = odd as f64 / letters.max(1) as f64;
    let lone = (lone as f64 / words as f64 - 0.03).max(0.0) * 2.0;
    // Tables and lists of names have few of the common words; running text has a third.
    let strange = if words >= 60 && common == 0 { 0.3 } else { 0.0 };
    (1.0 - odd - lone - strange).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::words::Word;
    use super::*;

    fn page(text: &str) -> Page {
        let word = |text: &str| Word { text: text.to_owned(), ..Word::default() };
        Page { words: text.split(' ').map(word).collect(), ..Page::default() }
    }

    #[test]
    fn text_is_told_from_rubbish() {
        let plain = "Rutinen gäller för alla som arbetar på enheten och den ska vara känd av var och en";
        assert!(likelihood(&page(plain)) > GOOD);
        let shattered: Vec<String> = plain.replace(' ', "").chars().map(String::from).collect();
        assert!(likelihood(&page(&shattered.join(" "))) < READABLE);
        let shifted = "Uxwlqhq jfoohu irf doof vrp dfehwdu sf hqkhwhq rfk ghq vnd ydfd nfqg dy ydf rfk hq";
        assert!(likelihood(&page(shifted)) < GOOD);
        assert!(likelihood(&page(&plain.replace(' ', ""))) <= 1.0);
    }
}
