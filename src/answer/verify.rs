//! Does a composed sentence say what its source says?
//!
//! What can be compared exactly is compared exactly: numbers, times and phone numbers, roles, negations, obligations.
//! What is left must share most of its words with *one* sentence, item or row of the source: a small model was seen to
//! write "Du kan ta din medicin" from a routine about refusing medicine, each word of which stands somewhere in it. A
//! sentence that fails is not shown.

use std::collections::HashSet;

use serde::Serialize;

use super::evidence::{Evidence, Quote};
use crate::language::{character_grams, content_words, numbers_in, sentences, stem, words};

/// Share of a sentence's words that must stand in one sentence, item or row of its source.
const COVERAGE: f32 = 0.75;
/// Share of that sentence, item or row that must stand in the composed one: what leaves out the conditions says
/// something else.
const REVERSE_COVERAGE: f32 = 0.6;
/// A sentence with fewer words that carry meaning says too little to be held against a source.
const FEWEST_WORDS: usize = 4;
/// Share of a word's groups of characters that must stand in one word of the source for it to count as there.
const SAME_WORD: f32 = 0.6;

/// Roles that must not be swapped or invented.
const ROLES: &str = "sjuksköterska läkare enhetschef samordnare arbetsterapeut fysioterapeut undersköterska vårdbiträde \
    vikarie biståndshandläggare socialsekreterare chef polis anhörig närstående mas mar sas verksamhetschef jurist \
    nattpatrull väktare ambulans socialjour kontaktman omsorgskontakt rektor ordförande nämnd";

/// How a shown sentence came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SentenceStatus {
    /// Written by the model and supported by its source.
    Supported,
    /// Words of the routine itself, in place of a sentence that was not supported.
    Quoted,
}

/// A sentence that may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedSentence {
    /// The sentence, without citation marks.
    pub text: String,
    /// Numbers of the quotes that it rests on; never empty.
    pub citations: Vec<usize>,
    /// How it came to be.
    pub status: SentenceStatus,
}

/// Why a sentence must not be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "detail")]
pub enum Fault {
    /// It cites a source that was not given.
    UnknownSource(usize),
    /// No source has anything to do with it.
    NoSource,
    /// A number that its source does not state.
    Number(String),
    /// A role that its source does not name.
    Role(String),
    /// It denies what its source affirms, or the reverse.
    Negation,
    /// It turns may into must, or the reverse.
    Modality,
    /// Too many words that its source does not have.
    Words,
    /// It leaves out most of what its source says.
    Omission,
    /// Marks of links, code or another script.
    Form,
}

/// Checks one sentence as the model wrote it, citation marks included.
pub fn check(draft: &str, evidence: &Evidence) -> Result<CheckedSentence, Fault> {
    let (text, cited) = take_citations(draft);
    if let Some(unknown) = cited.iter().find(|number| evidence.quote(**number).is_none()) {
        return Err(Fault::UnknownSource(*unknown));
    }
    let foreign = |character: char| character.is_alphabetic() && !is_latin(character);
    if text.contains(['<', '>', '{', '}', '[', ']', '|', '`', '#']) || text.contains("://") || text.chars().any(foreign)
    {
        return Err(Fault::Form);
    }
    if !text.chars().any(char::is_alphabetic) {
        return Err(Fault::NoSource);
    }
    // Without a mark the best fitting source is looked for; a wrong mark is a fault even if another source would fit.
    let candidates: Vec<&Quote> = if cited.is_empty() {
        evidence.quotes.iter().collect()
    } else {
        cited.iter().filter_map(|number| evidence.quote(*number)).collect()
    };
    let mut first_fault = None;
    for quote in candidates {
        match supports(&text, quote) {
            Ok(()) => {
                let citations = vec![quote.number];
                return Ok(CheckedSentence { text, citations, status: SentenceStatus::Supported });
            }
            Err(fault) => {
                first_fault.get_or_insert(fault);
            }
        }
    }
    Err(first_fault.unwrap_or(Fault::NoSource))
}

/// Takes `[1]`, `[1, 2]` and `[källa 1]` out of a sentence.
fn take_citations(draft: &str) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(draft.len());
    let mut cited = Vec::new();
    let mut rest = draft;
    while let Some(open) = rest.find('[') {
        let Some(length) = rest[open..].find(']') else { break };
        let inside = &rest[open + 1..open + length];
        let numbers: Vec<usize> =
            inside.split(|character: char| !character.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        if numbers.is_empty() || inside.chars().count() > 24 {
            text.push_str(&rest[..=open + length]);
        } else {
            text.push_str(rest[..open].trim_end());
            cited.extend(numbers);
        }
        rest = &rest[open + length + 1..];
    }
    text.push_str(rest);
    cited.sort_unstable();
    cited.dedup();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".");
    (text, cited)
}

fn is_latin(character: char) -> bool {
    matches!(u32::from(character), 0x41..=0x5a | 0x61..=0x7a | 0xaa..=0x24f | 0x1e00..=0x1eff)
}

fn supports(text: &str, quote: &Quote) -> Result<(), Fault> {
    let headings = quote.heading_path.join(". ");
    let context = format!("{}. {headings}. {}", quote.document.title, quote.source_text());
    let stated: HashSet<String> = numbers_in(&context).into_iter().collect();
    if let Some(number) = numbers_in(text).into_iter().find(|number| !stated.contains(number)) {
        return Err(Fault::Number(number));
    }
    let source_words = content_words(&context);
    let sentence_words = content_words(text);
    for role in ROLES.split_whitespace() {
        let named = |words: &[String]| words.iter().any(|word| is_role(word, role));
        if named(&sentence_words) && !named(&source_words) {
            return Err(Fault::Role(role.to_owned()));
        }
    }
    let nearest = nearest_part(text, quote);
    let nearest_words = content_words(&nearest);
    let covered = sentence_words.iter().filter(|word| stands_in(word, &nearest_words)).count();
    if sentence_words.len() < FEWEST_WORDS || (covered as f32) < COVERAGE * sentence_words.len() as f32 {
        return Err(Fault::Words);
    }
    if is_negated(text) != is_negated(&nearest) {
        return Err(Fault::Negation);
    }
    let (said, meant) = (modality(text), modality(&nearest));
    if matches!((said, meant), (Modality::Must, Modality::May) | (Modality::May, Modality::Must)) {
        return Err(Fault::Modality);
    }
    let kept = nearest_words.iter().filter(|word| stands_in(word, &sentence_words)).count();
    if (kept as f32) < REVERSE_COVERAGE * nearest_words.len() as f32 {
        return Err(Fault::Omission);
    }
    Ok(())
}

/// Whether a word names a role, also inflected, but not as part of another word ("chefer", not "chefsmöte").
fn is_role(word: &str, role: &str) -> bool {
    word.strip_prefix(role).is_some_and(|ending| ending.chars().count() <= 5 && (role.len() > 3 || ending.is_empty()))
}

fn stands_in(word: &str, source: &[String]) -> bool {
    let wanted = stem(word);
    let grams = character_grams(word);
    source.iter().any(|other| {
        if stem(other) == wanted {
            return true;
        }
        let there: HashSet<String> = character_grams(other).into_iter().collect();
        let shared = grams.iter().filter(|gram| there.contains(*gram)).count();
        grams.len() > 1 && shared as f32 >= SAME_WORD * grams.len() as f32
    })
}

/// The sentence or line of the quote that shares most words with the text.
fn nearest_part(text: &str, quote: &Quote) -> String {
    let wanted: HashSet<String> = content_words(text).iter().map(|word| stem(word)).collect();
    let shared = |part: &str| content_words(part).iter().filter(|word| wanted.contains(&stem(word))).count();
    let parts = quote.text.lines().flat_map(|line| sentences(line).into_iter().map(move |range| &line[range]));
    let best = parts.max_by_key(|part| shared(part)).unwrap_or(&quote.text);
    best.to_owned()
}

fn is_negated(text: &str) -> bool {
    const NEGATIONS: [&str; 12] = [
        "inte",
        "ej",
        "aldrig",
        "ingen",
        "inga",
        "inget",
        "utan",
        "icke",
        "förbjudet",
        "förbjuden",
        "undvik",
        "varken",
    ];
    words(text).iter().any(|word| NEGATIONS.contains(&word.text.as_str()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modality {
    Must,
    May,
    Open,
}

fn modality(text: &str) -> Modality {
    let words = words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.text.as_str()));
    match (has(&["ska", "skall", "måste", "skyldig", "krävs"]), has(&["får", "kan", "bör", "behöver"])) {
        (true, false) => Modality::Must,
        (false, true) => Modality::May,
        _ => Modality::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::DocumentReference;
    use super::*;
    use crate::ingest::{Span, Standing};

    fn evidence(text: &str) -> Evidence {
        let document = DocumentReference {
            id: "r".into(),
            title: "Rutin för läkemedel".into(),
            document_type: None,
            owner: None,
            collection: None,
            case_number: None,
            standing: Standing::Valid,
            valid_from: None,
            valid_until: None,
            review_due: None,
            applies_to: None,
        };
        let quote = Quote {
            number: 1,
            text: text.into(),
            before: String::new(),
            document,
            heading_path: vec!["Utebliven dos".into()],
            page: None,
            passage: "s1".into(),
            span: Span { start: 0, end: 0 },
            url: String::new(),
            score: 0.0,
            decisive: String::new(),
        };
        Evidence { quotes: vec![quote] }
    }

    fn fault(source: &str, sentence: &str) -> Option<Fault> {
        check(sentence, &evidence(source)).err()
    }

    const SOURCE: &str =
        "Om personen vägrar ta läkemedlet ska du kontakta sjuksköterska inom 15 minuter på 0980-31 92 21.";

    #[test]
    fn a_faithful_sentence_passes_and_keeps_its_source() {
        let checked =
            check("Kontakta sjuksköterskan inom 15 minuter om personen vägrar läkemedlet [1].", &evidence(SOURCE));
        assert_eq!(
            checked.map(|sentence| (sentence.text, sentence.citations)),
            Ok(("Kontakta sjuksköterskan inom 15 minuter om personen vägrar läkemedlet.".to_owned(), vec![1]))
        );
    }

    #[test]
    fn wrong_numbers_roles_negations_and_sources_are_caught() {
        assert_eq!(fault(SOURCE, "Kontakta sjuksköterska inom 30 minuter [1]."), Some(Fault::Number("30".into())));
        assert_eq!(fault(SOURCE, "Kontakta läkare inom 15 minuter [1]."), Some(Fault::Role("läkare".into())));
        assert_eq!(fault(SOURCE, "Du ska inte kontakta sjuksköterska om personen vägrar [1]."), Some(Fault::Negation));
        assert_eq!(fault(SOURCE, "Du kan ta läkemedlet [1]."), Some(Fault::Words));
        assert_eq!(fault(SOURCE, "Personen vägrar ta läkemedlet [1]."), Some(Fault::Omission));
        assert_eq!(fault(SOURCE, "Kontakta sjuksköterska [2]."), Some(Fault::UnknownSource(2)));
        assert_eq!(fault(SOURCE, "Cykeln står i förrådet bakom huset [1]."), Some(Fault::Words));
        assert_eq!(fault(SOURCE, "Se <a href>https://exempel</a> [1]."), Some(Fault::Form));
        let may = "Du får ge en extra dos om sjuksköterska har ordinerat det.";
        assert_eq!(fault(may, "Du ska ge en extra dos om sjuksköterska har ordinerat det [1]."), Some(Fault::Modality));
    }

    #[test]
    fn a_sentence_without_a_mark_is_given_the_source_that_supports_it() {
        let sentence = "Kontakta sjuksköterska inom 15 minuter om personen vägrar läkemedlet.";
        assert!(check(sentence, &evidence(SOURCE)).is_ok());
    }
}
