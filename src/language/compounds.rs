//! What is a compound made of?
//!
//! "läkemedelsgenomgång" is "läkemedel" and "genomgång" where the routines have both words: their own vocabulary, and a
//! word list if the site has fetched one, decides what a part can be. Better no parts than wrong ones: a part is a word
//! of its own, not a prefix, ending or scrap ("sekret" and "essen").

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::spelling::known_words;
use super::stems::{is_stop_word, stem};

/// Shortest word that is split, and shortest part, in characters. Shorter words are parts if they are among these.
const SHORTEST_WORD: usize = 7;
/// Longest word that is split; the ways to split grow with the length.
const LONGEST_WORD: usize = 40;
const SHORTEST_PART: usize = 4;
const SHORT_PARTS: &str = "avi bad ben bil blod bok bom brev dag dosa dos eld fel fot gas hem hud hus hår kod kök \
    kost lag larm lön lov mat mun mus ram rum råd sal säng sår sök sov tak tand tid tåg tal test tvätt tur val vak \
    ved vikt våg vård väg öga öra";
/// What words of their own begin with that are not compounds of it, and what they end with.
const NO_PARTS: &str = "etter etten ett rena ren ann annat anna skap skapa fara farande vann förs redo samm samman \
    aktig aktiga aktigt full fulls åter utom ingen inga inget denne dennes denna den sen sena senare senast sent \
    anse ans min mina minne minnen met meta tion tio ing dra dras drar ta tas tar tag taga gå går stå står slå slår \
    få får se ser ses bli blir ge ger ges be ber bo bor god goda vad rad under över efter före genom mellan fram \
    från till inom utan inne ned ner upp emot sam sär själv hög låg ny stor små fler mång alla annan heten ande ende \
    else ning are arna erna orna sida sidan vis form formen lagd ställd ställa ställt ställer ställde lägga lägger \
    läggs tagen tagande tagare tagit göra gör gjort kommen komma kommer sätta sätter satt sättning hålla håller \
    hållen hållande given giva följa följer följande dela delat delas rätta varande välkom mister mission rapp kont \
    mate pati kommun dess dessa detta dera sera tera ring ringar liga lighet lek leken stånd ståndet delse lande \
    ligen rand vara varo likt samt stäm stämma stämmer visa visar visat bara bart";

const ENDINGS: [&str; 12] = ["ar", "er", "or", "en", "et", "an", "n", "arna", "erna", "orna", "arnas", "ernas"];

/// A way to cut a word in two, and how good it is: of what is better the first number is higher, then the second.
type Cut<'a> = ((usize, u32), (&'a str, &'a str));

/// Splits compounds into words of a vocabulary.
#[derive(Debug, Clone, Default)]
pub struct Compounds {
    /// What the first part of a compound can look like ("läkemedels"), the stem of that word and how often it stands there.
    first: HashMap<String, (String, u32)>,
    /// Stems of words that can end a compound, and how often they stand there.
    last: HashMap<String, u32>,
    /// Words as they stand there.
    whole: HashSet<String>,
}

impl Compounds {
    /// From words in lower case and how often each stands in the routines. Known Swedish words can be parts too.
    pub fn from_counts<'a>(counts: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let mut out = Self::default();
        for word in known_words().filter(|word| word.chars().count() > SHORTEST_PART && can_be_part(word)) {
            out.add(word, 0);
        }
        for (word, count) in counts {
            if can_be_part(word) {
                out.add(word, count);
            }
        }
        out
    }

    fn add(&mut self, word: &str, count: u32) {
        let stem = stem(word);
        let mut forms = first_forms(word);
        // Of a word that stands there with an ending only.
        let ending = word.strip_prefix(stem.as_str());
        if stem.chars().count() > SHORTEST_PART && ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            forms.extend([stem.clone(), format!("{stem}s")]);
        }
        for form in forms {
            let length = form.chars().count();
            if length < SHORTEST_PART && !is_short_part(word) {
                continue;
            }
            let entry = self.first.entry(form).or_insert_with(|| (stem.clone(), 0));
            if entry.0 == stem || entry.1 < count {
                *entry = (stem.clone(), entry.1.max(count));
            }
        }
        self.whole.insert(word.to_owned());
        *self.last.entry(stem).or_default() += count;
    }

    /// Stems of a word's parts, in order: of each part that is a compound itself too, its own parts after it. Empty for
    /// a word that is no compound.
    pub fn parts(&self, word: &str) -> Vec<String> {
        let mut out = Vec::new();
        self.split_into(word, &mut out, 0);
        out
    }

    fn split_into(&self, word: &str, out: &mut Vec<String>, depth: usize) {
        let Some((first, last)) = self.split(word) else { return };
        let (first_stem, _) = &self.first[first];
        for (part, stem) in [(base(first), first_stem.clone()), (last.to_owned(), stem(last))] {
            if !out.contains(&stem) {
                out.push(stem);
            }
            if depth < 3 {
                self.split_into(&part, out, depth + 1);
            }
        }
    }

    /// The most telling place to split a word in two: what comes first as it stands there, and the rest.
    pub fn split<'a>(&self, word: &'a str) -> Option<(&'a str, &'a str)> {
        let places: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let count = places.len();
        if !(SHORTEST_WORD..=LONGEST_WORD).contains(&count) || !word.chars().all(char::is_alphabetic) {
            return None;
        }
        let mut best: Option<Cut<'a>> = None;
        for (cut, place) in places.iter().enumerate().take(count - 2).skip(3) {
            let (first, last) = word.split_at(*place);
            let Some((first_stem, first_count)) = self.first.get(first) else { continue };
            let rest = count - cut;
            if !can_be_part(last) || !can_be_part(first) && first.chars().count() >= SHORTEST_PART {
                continue;
            }
            let last_stem = stem(last);
            if NO_PART_STEMS.contains(&last_stem) {
                continue;
            }
            let known = self.last.get(&last_stem).copied();
            // The rest may be a compound that nobody has written alone.
            let Some(last_count) =
                known.or_else(|| (rest > SHORTEST_WORD).then(|| self.split(last)).flatten().map(|_| 0))
            else {
                continue;
            };
            if *first_stem == last_stem || last_stem.chars().count() < 3 {
                continue;
            }
            // A word that stands there as it is, is likelier than an inflection of one; then parts of like length, then
            // the words that stand there oftenest.
            let known = usize::from(known.is_some())
                + usize::from(self.whole.contains(last))
                + usize::from(*first_count > 0 && last_count > 0);
            let quality = (known * 10 + cut.min(rest).min(5), *first_count.min(&last_count));
            if best.is_none_or(|(other, _)| quality > other) {
                best = Some((quality, (first, last)));
            }
        }
        best.map(|(_, split)| split)
    }
}

static SHORT: LazyLock<HashSet<&str>> = LazyLock::new(|| SHORT_PARTS.split_whitespace().collect());
static NONE: LazyLock<HashSet<&str>> = LazyLock::new(|| NO_PARTS.split_whitespace().collect());
static NO_PART_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| NO_PARTS.split_whitespace().map(stem).collect());

fn is_short_part(word: &str) -> bool {
    SHORT.contains(word)
}

fn can_be_part(word: &str) -> bool {
    let length = word.chars().count();
    (length >= SHORTEST_PART || is_short_part(word))
        && word.chars().all(char::is_alphabetic)
        && !is_stop_word(word)
        && !NONE.contains(word)
}

/// A first part as a word of its own, as nearly as can be told.
fn base(first: &str) -> String {
    first.strip_suffix('s').unwrap_or(first).to_owned()
}

/// How a word stands before another one: as it is, with s, or with its last vowel changed or dropped.
fn first_forms(word: &str) -> Vec<String> {
    let mut out = vec![word.to_owned()];
    let stop = word.chars().next_back();
    match stop {
        Some('a' | 'e') => {
            let short = &word[..word.len() - 1];
            out.push(short.to_owned());
            for link in ["o", "u", "e", "a", "s", "es", "os"] {
                out.push(format!("{short}{link}"));
            }
            out.push(format!("{word}s"));
        }
        Some(other) if other != 's' => {
            out.push(format!("{word}s"));
            out.push(format!("{word}a"));
            out.push(format!("{word}e"));
        }
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    static COMPOUNDS: LazyLock<Compounds> = LazyLock::new(|| {
        let words = "läkemedel genomgång lista sekret sekretess hem tjänst kyrka gård gata flicka rum sjuksköterskan expedition \
            nyckel skåp brand larm skola klass avgift besked hjälp";
        Compounds::from_counts(words.split_whitespace().map(|word| (word, 3)))
    });

    fn parts(word: &str) -> String {
        COMPOUNDS.parts(word).join(" ")
    }

    #[test]
    fn parts_are_found_across_linking_letters_and_dropped_vowels() {
        assert_eq!(COMPOUNDS.split("läkemedelsgenomgång"), Some(("läkemedels", "genomgång")));
        assert_eq!(parts("nyckelskåpet"), "nyckl skåp");
        assert_eq!(parts("hemtjänsten"), "hem tjänst");
        assert_eq!(parts("kyrkogård"), "kyrk gård");
        assert_eq!(parts("gatubrand"), "gat brand");
        assert_eq!(parts("flickrum"), "flick rum");
        assert_eq!(parts("skolklasser"), "skol klass");
        assert_eq!(parts("sjuksköterskeexpeditionen"), "sjukskötersk expeditio");
    }

    #[test]
    fn parts_of_parts_are_found_too() {
        assert_eq!(parts("brandlarmslista"), "brandlarm brand larm list");
    }

    #[test]
    fn scraps_are_no_parts() {
        for word in
            ["sekretessen", "sekretess", "information", "genomgångar", "avgiften", "klassen", "delegering", "patient"]
        {
            assert_eq!(COMPOUNDS.split(word), None, "{word}");
        }
    }

    #[test]
    fn a_word_without_end_costs_nothing() {
        assert_eq!(COMPOUNDS.split(&"brandlarm".repeat(50)), None);
    }

    proptest::proptest! {
        #[test]
        fn a_split_loses_nothing(word in "[a-zåäö]{0,30}") {
            if let Some((first, last)) = COMPOUNDS.split(&word) {
                proptest::prop_assert_eq!(format!("{first}{last}"), word);
            }
        }
    }
}
