//! Is a hyphen at the end of a line the author's own, or was the word broken there?
//!
//! The document's other words decide where they can. Not here: which lines belong together ([`super::layout`]).

use std::collections::HashSet;

/// Words of the document, to tell a broken word from a hyphenated one.
pub(super) type Vocabulary = HashSet<String>;

/// The document's words, without those that a line's end may have broken. A table's cells count as lines.
pub(super) fn vocabulary<'a>(lines: impl Iterator<Item = &'a str>) -> Vocabulary {
    let mut known = HashSet::new();
    let mut broken = false;
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let skipped = usize::from(broken);
        broken = words.last().is_some_and(|word| word.ends_with(['-', '\u{2010}', '\u{ad}']));
        let whole = words.len() - usize::from(broken);
        for word in words.iter().take(whole).skip(skipped) {
            let word = bare(word);
            if word.chars().count() > 2 {
                known.insert(word);
            }
        }
    }
    known
}

/// Joins a line to the text before it; a word that was broken at the line's end is made whole.
pub(super) fn append_line(text: &mut String, line: &str, vocabulary: Option<&Vocabulary>) {
    // Neither of these is typed by people: they are made where a line is broken. But some programs write every hyphen
    // so, and no word is broken after a digit or a capital.
    if text.ends_with(['\u{ad}', '\u{2010}']) {
        text.pop();
        if !text.ends_with(char::is_lowercase) {
            text.push('-');
        }
        text.push_str(line);
        return;
    }
    let first = line.split_whitespace().next().unwrap_or("");
    let last = text.split_whitespace().next_back().unwrap_or("");
    let Some(before) = last.strip_suffix('-').filter(|before| !before.is_empty()) else {
        if !text.is_empty() && !line.is_empty() {
            text.push(' ');
        }
        text.push_str(line);
        return;
    };
    let conjunctions = ["och", "eller", "respektive", "samt", "som", "till", "men"];
    if conjunctions.contains(&first) {
        text.push(' ');
    } else if is_broken_word(before, first, vocabulary) {
        text.pop();
    }
    text.push_str(line);
}

/// Whether the document has the word, or a longer one that begins so.
fn is_known(word: &str, vocabulary: &Vocabulary) -> bool {
    let long = word.chars().count() >= 6;
    vocabulary.contains(word) || (long && vocabulary.iter().any(|other| other.starts_with(word)))
}

/// Adds a line to a cell; the break stays until [`mend_cell`] knows the document's words.
pub(super) fn append_cell_line(cell: &mut String, line: &str) {
    if !cell.is_empty() && !line.is_empty() {
        cell.push('\n');
    }
    cell.push_str(line);
}

/// Joins a cell's lines. In narrow cells words are broken without a hyphen as well: where two pieces make a word of the
/// document and are not both words of its `running` text themselves, they are one.
pub(super) fn mend_cell(cell: &str, vocabulary: &Vocabulary, running: &Vocabulary) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut above = "";
    for line in cell.split('\n') {
        let first = bare(line.split_whitespace().next().unwrap_or(""));
        let last = bare(out.split_whitespace().next_back().unwrap_or(""));
        let low = line.starts_with(char::is_lowercase) && out.ends_with(char::is_lowercase);
        let both = running.contains(&first) && running.contains(&last);
        let known = last.chars().count() > 2 && !both && is_known(&format!("{last}{first}"), vocabulary);
        if low && (known || is_overflow(above, line)) {
            out.push_str(line);
        } else {
            append_line(&mut out, line, Some(vocabulary));
        }
        above = line;
    }
    out
}

/// Whether the line begins with the last letters of a long word that alone was wider than its cell.
fn is_overflow(above: &str, line: &str) -> bool {
    const SHORT: &[&str] = &[
        "i", "å", "ö", "av", "bo", "ca", "cm", "de", "dl", "du", "då", "ej", "el", "en", "er", "ex", "få", "ge", "gå",
        "ha", "in", "ja", "kg", "kl", "km", "kr", "mg", "ml", "mm", "må", "ni", "nu", "ny", "om", "på", "se", "st",
        "så", "ta", "ur", "ut", "vi", "är", "år",
    ];
    let first = bare(line.split_whitespace().next().unwrap_or(""));
    let short = (1..=2).contains(&first.chars().count()) && first.chars().all(char::is_alphabetic);
    short && !SHORT.contains(&first.as_str()) && !above.contains(' ') && above.chars().count() >= 4
}

fn bare(word: &str) -> String {
    word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
}

/// Whether `before-` and `after` are two halves of one word, and not a word with a hyphen of its own ("IT-stöd").
fn is_broken_word(before: &str, after: &str, vocabulary: Option<&Vocabulary>) -> bool {
    let letters = |word: &str| word.chars().filter(|character| character.is_alphabetic()).count();
    let starts_low = after.chars().next().is_some_and(char::is_lowercase);
    let ends_low = before.chars().next_back().is_some_and(char::is_lowercase);
    if !starts_low || !ends_low || letters(before) < 2 {
        return false;
    }
    let (before, after) = (bare(before), bare(after));
    match vocabulary {
        Some(known) if known.contains(&format!("{before}{after}")) => true,
        Some(known) if known.contains(&format!("{before}-{after}")) => false,
        // Both halves are words of the document: an author's hyphen, as in "barn- och ungdomspsykiatri".
        Some(known) => !(known.contains(&before) && known.contains(&after)),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str, line: &str, words: &[&str]) -> String {
        let vocabulary = words.iter().map(|&word| word.to_owned()).collect();
        let mut text = text.to_owned();
        append_line(&mut text, line, Some(&vocabulary));
        text
    }

    #[test]
    fn words_broken_in_narrow_cells() {
        let words = |list: &[&str]| -> Vocabulary { list.iter().map(|&word| word.to_owned()).collect() };
        let running = words(&["omhändertagande", "vård", "enligt", "vårdenligt"]);
        assert_eq!(mend_cell("Omedelbart\nomhändertagand\ne", &running, &running), "Omedelbart omhändertagande");
        assert_eq!(mend_cell("vård\nenligt", &running, &running), "vård enligt");
        let chef = words(&["enhetschefen"]);
        assert_eq!(mend_cell("Enhetsc\nhef", &chef, &chef), "Enhetschef");
        let none = words(&[]);
        assert_eq!(mend_cell("Läkemedelsgenomgån\ng begärs", &none, &none), "Läkemedelsgenomgång begärs");
        assert_eq!(mend_cell("Månda\ng", &none, &none), "Måndag");
        assert_eq!(mend_cell("Omvårdnadspersonal\ni tjänst", &none, &none), "Omvårdnadspersonal i tjänst");
        assert_eq!(mend_cell("doku-\nment", &words(&[]), &running), "dokument");
    }

    #[test]
    fn words_broken_at_the_line_end() {
        assert_eq!(joined("en doku-", "mentation av", &[]), "en dokumentation av");
        assert_eq!(joined("en sjuk\u{2010}", "sköterska", &["sjuk", "sköterska"]), "en sjuksköterska");
        assert_eq!(joined("0980\u{ad}", "31 92", &[]), "0980-31 92");
        assert_eq!(joined("kommunens IT-", "stöd", &[]), "kommunens IT-stöd");
        assert_eq!(joined("hälso-", "och sjukvård", &[]), "hälso- och sjukvård");
        assert_eq!(joined("en e-", "tjänst", &[]), "en e-tjänst");
        assert_eq!(joined("0980-", "31 92", &[]), "0980-31 92");
        assert_eq!(joined("vanlig", "rad", &[]), "vanlig rad");
    }
}
