//! Which words carry meaning, and what do their inflections share?
//!
//! Snowball's Swedish stemmer through `rust-stemmers` with what it leaves apart brought together
//! ([`super::inflections`]), and a list of words that every text has. Compounds are split in [`super::compounds`].

use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::inflections::{Regular, regular, unite};
use super::words::{fold_dots, words};

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::Swedish));

/// Words without meaning of their own in questions and routines. Negations and modals are not among them: what must
/// and what must not be done is what routines are about.
const STOP_WORDS: &str = "alla allt att av blev bli blir bort bra by där de dem den denna dess dessa det detta dig din \
    dina dit ditt du då efter eftersom ej eller en er era ert ett fall finns för före fram från få får gick går gör \
    göra ha hade han hans har hej henne hennes hon honom hur här i in inom jag ju just kan kanske kom kommer kunde \
    man med mellan men mig min mina mitt mot mycket något några någon nu när och om oss på redan sin sina sitt själv \
    ska skall skulle snälla som så sådan tack till the tja under upp ut utan vad var vara varför vart vem vi vid \
    vilka vilken vilket vill väl vår våra vårt vet än är åt ok okej hallå";

static STOPS: LazyLock<std::collections::HashSet<&'static str>> =
    LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// Whether a word in lower case says nothing about the subject.
pub fn is_stop_word(word: &str) -> bool {
    STOPS.contains(word)
}

/// The stem of a word in lower case.
pub fn stem(word: &str) -> String {
    match regular(word) {
        Some(Regular::Stem(stem)) => stem,
        Some(Regular::Form(form)) => unite(&snowball(&form)),
        None => unite(&snowball(word)),
    }
}

/// Its stem by Snowball alone.
pub(super) fn snowball(word: &str) -> String {
    STEMMER.stem(word).into_owned()
}

/// All words that carry meaning, in lower case and in order, with repetitions.
pub fn content_words(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).filter(|text| carries_meaning(text)).collect()
}

/// Whether a word in lower case is one of [`content_words`].
pub(super) fn carries_meaning(word: &str) -> bool {
    !is_stop_word(word) && (word.chars().count() > 1 || word == "§" || is_digit(word))
}

/// Their stems.
pub fn content_stems(text: &str) -> Vec<String> {
    content_words(text).iter().map(|word| stem(word)).collect()
}

fn is_digit(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Overlapping groups of four characters of a word, written without dots; the whole word if it is shorter. They find
/// parts of compounds and survive slips of the finger.
pub fn character_grams(word: &str) -> Vec<String> {
    const LENGTH: usize = 4;
    let characters: Vec<char> = fold_dots(word).chars().collect();
    if characters.len() <= LENGTH {
        return vec![characters.into_iter().collect()];
    }
    characters.windows(LENGTH).map(|window| window.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_share_a_stem() {
        assert_eq!(stem("rutiner"), stem("rutinerna"));
        assert_eq!(stem("delegeringen"), stem("delegering"));
    }

    /// Share of the lines of a file whose two words have the same stem, and the lines that have not.
    fn united(list: &str) -> (f32, Vec<(&str, &str)>) {
        let pairs: Vec<(&str, &str)> =
            list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' ')).collect();
        assert!(pairs.len() > 200);
        let apart: Vec<(&str, &str)> = pairs.iter().copied().filter(|(a, b)| stem(a) != stem(b)).collect();
        (1.0 - apart.len() as f32 / pairs.len() as f32, apart)
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        let (share, apart) = united(include_str!("../../tests/fixtures/language/inflections.txt"));
        println!("united {share:.3}");
        assert!(share >= 0.96, "{share}: {apart:?}");
    }

    #[test]
    fn different_words_do_not() {
        let (share, _) = united(include_str!("../../tests/fixtures/language/apart.txt"));
        println!("united {share:.3}");
        assert!(share <= 0.03, "{share}");
    }

    #[test]
    fn questions_keep_what_they_are_about() {
        assert_eq!(content_stems("Vad gör jag om hon inte vill ta sin medicin?"), ["int", "ta", "medici"]);
    }

    #[test]
    fn grams_ignore_missing_dots() {
        assert_eq!(character_grams("läkemedel"), character_grams("lakemedel"));
        assert_eq!(character_grams("sår"), ["sar"]);
    }
}
