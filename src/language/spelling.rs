//! Which word was meant by one that no routine has?
//!
//! A question is read with the words of the site's routines: Swedish letters typed without their dots come back
//! ("lakemedel"), compounds typed as two words are joined ("läkemedels lista"), and slips of the finger are put right
//! ("sjuksköteska"). All of it only where the word, as typed, is none that the routines have, no inflection or compound of
//! theirs, and none of the Swedish words that are known besides.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::analyser::{Ingredient, Ingredients};
use super::compounds::Compounds;
use super::stems::{is_stop_word, stem};
use super::words::{Word, fold_dots, words};

/// Shortest word whose dots are put back, in a question typed without any and in one that has some.
const SHORTEST_DOTTED: usize = 2;
const SHORTEST_DOTTED_AMONG_OTHERS: usize = 5;
/// Shortest word that can be another one than that with dots in a question typed without any: "far" is "får" there.
const SHORTEST_KNOWN: usize = 4;
/// Shortest word that is corrected, and shortest for two slips.
const SHORTEST_CORRECTED: usize = 5;
const SHORTEST_FOR_TWO: usize = 10;
/// How often the routines must have the word that was meant.
const LEAST_COUNT: u32 = 2;
/// Shortest halves and whole of what is joined.
const SHORTEST_HALF: usize = 3;
const SHORTEST_JOINED: usize = 7;
/// How much more often than any other a word must stand in the routines to be the one that was meant.
const CLEARLY_MORE: u32 = 4;

const KNOWN_WORDS: &str = include_str!("known_words.txt");

/// Swedish words that are no slips although no routine has them, one form of each.
pub(super) fn known_words() -> impl Iterator<Item = &'static str> {
    KNOWN_WORDS.lines().filter(|line| !line.starts_with('#'))
}

static KNOWN_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| known_words().map(stem).collect());

/// The words of a site's routines.
#[derive(Debug, Clone, Default)]
pub struct Spelling {
    /// How often each word stands there.
    counts: HashMap<String, u32>,
    /// Them by stem.
    stems: HashMap<String, Vec<String>>,
    /// For a word with its dots left out, the most frequent word with them, and how often it stands there.
    dotted: HashMap<String, (String, u32)>,
    /// Words that may be meant, by their first letter without dots.
    by_first: HashMap<char, Vec<String>>,
    ingredients: Ingredients,
}

impl Spelling {
    /// From words in lower case and how often each stands in the routines.
    pub fn from_counts(counts: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut out = Self::default();
        for (word, count) in counts {
            let folded = fold_dots(&word);
            if folded != word && out.dotted.get(&folded).is_none_or(|(_, other)| *other < count) {
                out.dotted.insert(folded.clone(), (word.clone(), count));
            }
            if let Some(first) = folded.chars().next().filter(|_| word.chars().count() + 1 >= SHORTEST_CORRECTED) {
                out.by_first.entry(first).or_default().push(word.clone());
            }
            out.stems.entry(stem(&word)).or_default().push(word.clone());
            out.counts.insert(word, count);
        }
        out
    }

    /// The same with these ingredients.
    #[must_use]
    pub fn with(self, ingredients: Ingredients) -> Self {
        Self { ingredients, ..self }
    }

    /// A question as it was meant; `None` if it was typed so. `knows` says which other words are none to be changed
    /// (staff's words, abbreviations), in lower case.
    pub fn meant(&self, text: &str, compounds: &Compounds, knows: impl Fn(&str) -> bool) -> Option<String> {
        let dotted = self.ingredients.has(Ingredient::Dots).then(|| self.restore_dots(text)).flatten();
        if !self.ingredients.has(Ingredient::Spelling) || self.counts.is_empty() {
            return dotted;
        }
        let text = dotted.as_deref().unwrap_or(text);
        let is_known = |word: &str| self.is_known(word, compounds) || knows(word);
        let typed = words(text);
        let mut changes: Vec<(usize, usize, String)> = Vec::new();
        let mut place = 0;
        while let Some(word) = typed.get(place) {
            if let Some(second) = typed.get(place + 1)
                && let Some(joined) = self.joined(text, word, second)
            {
                changes.push((word.start, second.end, joined));
                place += 2;
                continue;
            }
            // A name, perhaps: nothing is put right that a capital sets apart within a sentence.
            let name = place > 0 && text[word.start..].starts_with(char::is_uppercase);
            if !name
                && !is_known(&word.text)
                && let Some(meant) = self.corrected(&word.text)
            {
                changes.push((word.start, word.end, meant));
            }
            place += 1;
        }
        if changes.is_empty() { dotted } else { Some(rewritten(text, &changes)) }
    }

    fn is_known(&self, word: &str, compounds: &Compounds) -> bool {
        if is_stop_word(word) || self.counts.contains_key(word) {
            return true;
        }
        let stem = stem(word);
        self.stems.contains_key(&stem) || KNOWN_STEMS.contains(&stem) || compounds.split(word).is_some()
    }

    /// A text with its Swedish letters put back; `None` if nothing is to be put back. Short words of a text that has
    /// such letters are left alone: who can type them meant what stands there.
    fn restore_dots(&self, text: &str) -> Option<String> {
        let typed = words(text);
        let some = typed.iter().any(|word| fold_dots(&word.text) != word.text);
        let shortest = if some { SHORTEST_DOTTED_AMONG_OTHERS } else { SHORTEST_DOTTED };
        let long = |word: &&Word| word.text.chars().count() >= shortest;
        let changes: Vec<(usize, usize, String)> = typed
            .iter()
            .filter(long)
            .filter_map(|word| Some((word.start, word.end, self.with_dots(&word.text, some)?.to_owned())))
            .collect();
        (!changes.is_empty()).then(|| rewritten(text, &changes))
    }

    /// A word with dots that is meant by one without. `careful`: not if it may be a word of its own.
    fn with_dots(&self, word: &str, careful: bool) -> Option<&str> {
        let long = careful || word.chars().count() >= SHORTEST_KNOWN;
        let known = || careful && is_stop_word(word) || KNOWN_STEMS.contains(&stem(word));
        if self.counts.contains_key(word) || long && known() {
            return None;
        }
        self.dotted.get(word).map(|(meant, _)| meant.as_str())
    }

    /// Two words that the routines have as one, and not the first as it was typed or not as a word for itself.
    fn joined(&self, text: &str, first: &Word, second: &Word) -> Option<String> {
        let plain = |word: &Word| {
            word.text.chars().count() >= SHORTEST_HALF
                && word.text.chars().all(char::is_alphabetic)
                && !is_stop_word(&word.text)
        };
        let apart = &text[first.end..second.start];
        if !plain(first) || !plain(second) || apart != " " {
            return None;
        }
        let joined = format!("{}{}", first.text, second.text);
        if joined.chars().count() < SHORTEST_JOINED {
            return None;
        }
        if self.counts.contains_key(&joined) {
            return Some(joined);
        }
        if let Some((dotted, _)) = self.dotted.get(&fold_dots(&joined)) {
            return Some(dotted.clone());
        }
        // Another form of a compound of the same two.
        let second_stem = stem(&second.text);
        let same =
            |whole: &String| whole.strip_prefix(first.text.as_str()).is_some_and(|rest| stem(rest) == second_stem);
        self.stems.get(&stem(&joined))?.iter().any(same).then_some(joined)
    }

    /// The word that was meant by one that is not known, if one is clearly nearest.
    fn corrected(&self, word: &str) -> Option<String> {
        let length = word.chars().count();
        if length < SHORTEST_CORRECTED || !word.chars().all(char::is_alphabetic) {
            return None;
        }
        let most = if length >= SHORTEST_FOR_TWO { 2 } else { 1 };
        let folded = fold_dots(word);
        let typed: Vec<char> = word.chars().collect();
        let mut near: Vec<(usize, u32, &str)> = Vec::new();
        for other in self.by_first.get(&folded.chars().next()?)? {
            let letters: Vec<char> = other.chars().collect();
            let count = self.counts.get(other).copied().unwrap_or(0);
            if letters.len().abs_diff(length) > most || count < LEAST_COUNT {
                continue;
            }
            // With two slips the ending must agree, or it is another word's.
            let same_ending = typed[length - 2..] == letters[letters.len() - 2..];
            if let Some(distance) = distance(&typed, &letters, most).filter(|distance| *distance < 2 || same_ending) {
                near.push((distance, count, other));
            }
        }
        let least = near.iter().map(|(distance, ..)| *distance).min()?;
        near.retain(|(distance, ..)| *distance == least);
        near.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(b.2)));
        let (_, count, meant) = *near.first()?;
        let own = stem(meant);
        let rival = near.iter().find(|(_, _, other)| stem(other) != own);
        let clear = rival.is_none_or(|(_, other, _)| count >= CLEARLY_MORE * other);
        clear.then(|| meant.to_owned())
    }
}

/// Letters left out, added, changed or exchanged with the next one between two words, if at most `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        if row.iter().min().is_none_or(|least| *least > most) {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

/// A text with stretches replaced; a capital at the beginning of one stays.
fn rewritten(text: &str, changes: &[(usize, usize, String)]) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut done = 0;
    for (start, end, meant) in changes {
        out.push_str(&text[done..*start]);
        let mut characters = meant.chars();
        match characters.next() {
            Some(first) if text[*start..].starts_with(char::is_uppercase) => out.extend(first.to_uppercase()),
            first => out.extend(first),
        }
        out.push_str(characters.as_str());
        done = *end;
    }
    out + &text[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [(&str, u32); 10] = [
        ("när", 20),
        ("var", 9),
        ("vår", 3),
        ("läkemedel", 5),
        ("läkemedelslista", 2),
        ("är", 30),
        ("år", 8),
        ("ges", 4),
        ("sjuksköterska", 9),
        ("ringer", 3),
    ];
    static COMPOUNDS: LazyLock<Compounds> = LazyLock::new(|| Compounds::from_counts(COUNTS));

    fn meant(text: &str) -> Option<String> {
        let counts = COUNTS.map(|(word, count)| (word.to_owned(), count));
        Spelling::from_counts(counts).meant(text, &COMPOUNDS, |word| word == "syrran")
    }

    #[test]
    fn letters_are_put_back_where_only_they_make_a_word() {
        assert_eq!(meant("Nar ar lakemedel, var ges det?").as_deref(), Some("När är läkemedel, var ges det?"));
        assert_eq!(meant("När ges lakemedel?").as_deref(), Some("När ges läkemedel?"));
        assert_eq!(meant("var ges det"), None);
    }

    #[test]
    fn slips_are_put_right_and_compounds_joined() {
        assert_eq!(meant("ring sjuksköteska").as_deref(), Some("ring sjuksköterska"));
        assert_eq!(meant("Läkemdel?").as_deref(), Some("Läkemedel?"));
        assert_eq!(meant("läkemedels lista").as_deref(), Some("läkemedelslista"));
    }

    #[test]
    fn words_that_are_known_stay() {
        for text in
            ["ring syrran", "ringar", "vi fikar", "läkemedlet", "läkemedelssjuksköterska", "brev från Lakemedal"]
        {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines().filter(|line| !line.starts_with('#'))
    }

    #[test]
    fn most_slips_of_staff_are_put_right_and_hardly_anything_else() -> std::io::Result<()> {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/kallor"))? {
            let path = entry?.path();
            let text = if path.is_file() { std::fs::read(path)? } else { Vec::new() };
            for word in words(&String::from_utf8_lossy(&text)) {
                if word.text.chars().all(char::is_alphabetic) {
                    *counts.entry(word.text).or_default() += 1;
                }
            }
        }
        let compounds = Compounds::from_counts(counts.iter().map(|(word, count)| (word.as_str(), *count)));
        let spelling = Spelling::from_counts(counts);
        let lexicon = crate::language::Lexicon::built_in();
        let meant = |text: &str| spelling.meant(text, &compounds, |word| lexicon.knows(word));

        let slips: Vec<(&str, &str)> = lines(include_str!("../../tests/fixtures/language/misspellings.txt"))
            .filter_map(|line| line.split_once(" = "))
            .collect();
        let changed: Vec<(&str, String, &str)> =
            slips.iter().filter_map(|(typed, right)| Some((*typed, meant(typed)?, *right))).collect();
        let right = changed.iter().filter(|(_, meant, right)| meant == right).count();
        let spoilt: Vec<(&str, String)> = lines(include_str!("../../tests/fixtures/language/right.txt"))
            .filter_map(|typed| Some((typed, meant(typed)?)))
            .collect();
        assert!(slips.len() > 100);
        let recall = right as f32 / slips.len() as f32;
        let precision = right as f32 / (changed.len() + spoilt.len()) as f32;
        println!("recall {recall:.3}, precision {precision:.3}, spoilt {spoilt:?}");
        assert!(recall >= 0.7, "{recall}: {changed:?}");
        assert!(precision >= 0.95, "{precision}: {spoilt:?} {changed:?}");
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn only_words_change(text in "[a-zA-Z ,.?åäö]{0,60}") {
            if let Some(meant) = meant(&text) {
                let marks = |text: &str| text.chars().filter(|c| matches!(c, ',' | '.' | '?')).collect::<String>();
                proptest::prop_assert_eq!(marks(&meant), marks(&text));
            }
        }
    }
}
