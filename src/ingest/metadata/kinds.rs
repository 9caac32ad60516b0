//! What kind of document is it, going by its title?
//!
//! "Riktlinje för ...", "Lokal rutin vid ...", "Krishanteringsplan". Not here: a kind that the document states itself.

use super::labels::fold_label;

/// Words for kinds of documents (folded), and the kind's name. Compounds that end with one are of its kind too.
const KINDS: &[(&str, &str)] = &[
    ("rutin", "Rutin"),
    ("rutiner", "Rutin"),
    ("rutinbeskrivning", "Rutin"),
    ("riktlinje", "Riktlinje"),
    ("riktlinjer", "Riktlinje"),
    ("policy", "Policy"),
    ("handlingsplan", "Handlingsplan"),
    ("plan", "Plan"),
    ("strategi", "Strategi"),
    ("program", "Program"),
    ("instruktion", "Instruktion"),
    ("instruktioner", "Instruktion"),
    ("anvisning", "Anvisning"),
    ("anvisningar", "Anvisning"),
    ("manual", "Manual"),
    ("vagledning", "Vägledning"),
    ("handledning", "Handledning"),
    ("handbok", "Handbok"),
    ("lathund", "Lathund"),
    ("checklista", "Checklista"),
    ("foreskrift", "Föreskrift"),
    ("foreskrifter", "Föreskrift"),
    ("reglemente", "Reglemente"),
    ("delegationsordning", "Delegationsordning"),
    ("arbetsordning", "Arbetsordning"),
    ("taxa", "Taxa"),
    ("blankett", "Blankett"),
    ("regler", "Regler"),
    ("metodstod", "Metodstöd"),
    ("processbeskrivning", "Processbeskrivning"),
    ("overenskommelse", "Överenskommelse"),
    ("sammantradesprotokoll", "Sammanträdesprotokoll"),
    ("protokoll", "Protokoll"),
    ("tjansteskrivelse", "Tjänsteskrivelse"),
    ("pm", "PM"),
    ("lag", "Lag"),
    ("forordning", "Förordning"),
];

/// Longest first, so that "handlingsplan" is not a "plan".
const COMPOUND_ENDS: &[&str] = &[
    "handlingsplan",
    "instruktion",
    "riktlinjer",
    "riktlinje",
    "reglemente",
    "strategi",
    "policy",
    "program",
    "manual",
    "rutin",
    "plan",
];

/// After these the title says what it is about.
const ABOUT: &[&str] = &["for", "om", "vid", "till", "avseende", "gallande", "i", "pa", "av", "som", "nar", "med"];

/// The kind that a title names before it says what it is about.
pub(super) fn in_title(title: &str) -> Option<String> {
    let folded = fold_label(title);
    let words: Vec<&str> = folded
        .split([' ', '/', ','])
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take_while(|word| !ABOUT.contains(word))
        .collect();
    let exact = words.iter().find_map(|word| of_word(word));
    let compound = || {
        let ends = |end: &&&str| words.iter().any(|word| word.ends_with(**end) && word.len() > end.len() + 2);
        COMPOUND_ENDS.iter().find(ends).and_then(|end| of_word(end))
    };
    exact.or_else(compound).map(str::to_owned)
}

/// Whether `text` is the name of a kind and nothing else: "RIKTLINJE", "Lokal rutin".
pub(super) fn is_kind(text: &str) -> bool {
    let folded = fold_label(text);
    let bare = ["lokal ", "gemensam ", "kommunovergripande ", "overgripande "]
        .iter()
        .find_map(|prefix| folded.strip_prefix(prefix))
        .unwrap_or(&folded);
    of_word(bare).is_some()
}

fn of_word(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_titles() {
        let cases = [
            ("Riktlinjer för biståndshandläggning", Some("Riktlinje")),
            ("Lokal rutin vid dödsfall", Some("Rutin")),
            ("Hemtjänstens rutin för nycklar", Some("Rutin")),
            ("AI-policy för Lotsby kommun", Some("Policy")),
            ("Krishanteringsplan 2025–2028", Some("Plan")),
            ("Handlingsplan mot våld", Some("Handlingsplan")),
            ("Delegeringsinstruktion", Some("Instruktion")),
            ("Checklista – ny medarbetare", Some("Checklista")),
            ("Basal hygien", None),
            ("När rutin saknas", None),
            ("Så planerar du din dag", None),
        ];
        for (title, kind) in cases {
            assert_eq!(in_title(title).as_deref(), kind, "{title}");
        }
        assert!(is_kind("RIKTLINJE") && is_kind("Lokal rutin") && !is_kind("Rutin för nycklar"));
    }
}
