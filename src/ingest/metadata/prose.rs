//! What does a document say of itself in whole sentences?
//!
//! "Fastställd av socialnämnden den 4 mars 2024, § 47. Dnr SN 2024/0123. Rutinen revideras vartannat år." Sentences
//! speak of other things too, so each pattern asks for a date or for a word such as "rutinen". Not here: labels and
//! values.

use std::sync::LazyLock;

use regex::Regex;

use super::dates;
use super::labels::Field;
use super::terms;

const DOCUMENT: &str = r"(?:(?:den här|det här|denna|detta|dessa)\s+)?(?:rutin(?:en)?|riktlinje(?:n|r|rna)?|dokument(?:et)?|styrdokument(?:et)?|policy(?:n)?|instruktion(?:en)?|anvisning(?:en|ar|arna)?|handlingsplan(?:en)?|vägledning(?:en)?|checklista(?:n)?|lathund(?:en)?)";

struct Patterns {
    decided: Regex,
    case: Regex,
    bare_case: Regex,
    from: Regex,
    until: Regex,
    review: Regex,
    owner: Vec<Regex>,
    applies: Regex,
    replaces: Regex,
    revised: Regex,
    version: Regex,
}

/// A case number as most municipalities write them: `SN 2024/0123`, `KFKS 2024-1145`, `2024.041 KS`, `SN-2024-117`.
const CASE: &str = r"(?-i:[A-ZÅÄÖ]{1,8})[\s-]?\d{2,4}[/:.-]\d{1,6}(?:[-/.]\d{1,4})*(?:[\s-](?-i:[A-ZÅÄÖ]{2,5})\b)?|\d{4}[/:.-]\d{2,6}(?:[-/.]\d{1,4})*(?:\s(?-i:[A-ZÅÄÖ]{2,5})\b)?";

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let new =
        |pattern: &str| Regex::new(&format!("(?i){}", pattern.replace("{DOC}", DOCUMENT).replace("{CASE}", CASE))).ok();
    Some(Patterns {
        decided: new(r"\b(?:beslutad|beslutades|beslutats|beslutat|fastställd|fastställdes|fastställts|fastställt|antagen|antaget|antogs|antagits|godkänd|godkändes|godkänts|beslut)\s+(?P<rest>.+)")?,
        case: new(r"\b(?:dnr|d\.nr|diarienr|diarienummer|ärendenummer|ärendenr)\.?:?\s*(?P<case>{CASE})")?,
        bare_case: new(r"^(?:{CASE})$")?,
        from: new(r"(?:^|{DOC}\s+|\boch\s+|,\s*)(?:gäller|giltig|giltigt|tillämpas|träder i kraft|börjar gälla|gällande)(?:\s+(?:från och med|från|fr\.?\s?o\.?\s?m\.?|from))?\s+(?:den\s+)?(?P<rest>\S.*)")?,
        until: new(r"(?:^|{DOC}\s+|\boch\s+|,\s*)(?:gäller|giltig|giltigt|tillämpas)\b.*?\b(?:till och med|t\.?\s?o\.?\s?m\.?|längst till|till)\s+(?:den\s+)?(?P<rest>\S.*)")?,
        review: new(r"(?:^|^.{0,40}\b{DOC}\s+(?:ska(?:ll)?\s+)?(?:därefter\s+)?)(?:revideras|ses över|aktualitetsprövas|uppdateras|omprövas)\s+(?P<rest>.+)")?,
        owner: [
            r"\b(?:dokumentansvarig|ansvarig för (?:detta dokument|dokumentet|rutinen|riktlinjen|riktlinjerna))\s+är\s+(?P<rest>[^.,;]{3,80})",
            r"^(?P<rest>.{3,80}?)\s+(?:är (?:dokumentansvarig|ansvarig för (?:{DOC})|dokumentägare)|ansvarar för (?:att )?{DOC}(?:\s+(?:hålls|är|revideras|uppdateras)|\s*\.?$))",
        ]
        .into_iter()
        .map(new)
        .collect::<Option<Vec<_>>>()?,
        applies: new(r"^{DOC}\s+(?:gäller|omfattar|riktar sig till|vänder sig till)\s+(?:för\s+|till\s+)?(?P<rest>(?:all|alla|samtlig|medarbetar|personal|chefer|hemtjänst|särskil|legitimerad|omvårdnads|enhet|verksamhet|handläggare|socialsekreterare|bistånds|(?-i:\p{Lu})).{3,160})")?,
        replaces: new(r"(?:^|{DOC}\s+)(?:som\s+)?(?:ersätter|upphäver)\s+(?P<rest>.{4,160})")?,
        revised: new(r"\b(?:senast\s+)?(?:reviderad|reviderades|reviderat|uppdaterad|uppdaterades)\s+(?:senast\s+)?(?:den\s+)?(?P<rest>.+)")?,
        version: new(r"\b(?:version|utgåva)\s+(?P<rest>\d{1,3}(?:\.\d{1,3})*)\b")?,
    })
});

/// What a paragraph at the head or the end of a document says of it, with the words that said it as the label.
pub(super) fn facts_in(paragraph: &str) -> Vec<(Field, String, String)> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let mut found: Vec<(Field, String, String)> = Vec::new();
    let mut add = |field, label: &str, value: &str| {
        let value = value.trim().trim_end_matches(['.', ',', ';', ' ']);
        if !value.is_empty() {
            found.push((field, label.to_owned(), value.to_owned()));
        }
    };
    for sentence in sentences(paragraph) {
        let rest = |pattern: &Regex| {
            pattern.captures(sentence).and_then(|captures| Some(captures.name("rest")?.as_str().trim().to_owned()))
        };
        let near = |text: &str| dates::find_all(text).first().is_some_and(|date| date.start == 0);
        if let Some(decision) = rest(&patterns.decided)
            && (!dates::find_all(&decision).is_empty() || decided_by_somebody(&decision))
        {
            let field = if dates::find_all(&decision).is_empty() { Field::DecidedBy } else { Field::DecidedOn };
            add(field, "Beslut", &until_next_statement(&decision));
        }
        if let Some(case) = patterns.case.captures(sentence).and_then(|captures| captures.name("case")) {
            add(Field::Case, "Diarienummer", case.as_str());
        }
        if let Some(from) = rest(&patterns.from).filter(|rest| near(rest)) {
            let exact = dates::find_all(&from);
            if let Some(date) = exact.first().and_then(|date| from.get(..date.end)) {
                add(Field::From, "Gäller från", date);
            }
        }
        if let Some(until) = rest(&patterns.until).filter(|rest| near(rest)) {
            add(Field::Until, "Gäller till", &until);
        }
        if let Some(review) = rest(&patterns.review) {
            let trimmed = ["senast ", "nästa gång ", "den ", "minst "]
                .iter()
                .fold(review.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
            if near(trimmed) || terms::find(trimmed).is_some() {
                add(Field::Review, "Revideras", trimmed);
            }
        }
        if let Some(owner) = patterns.owner.iter().find_map(rest) {
            add(Field::Owner, "Dokumentansvarig", &owner);
        }
        if let Some(applies) = rest(&patterns.applies).filter(|rest| dates::find_all(rest).is_empty()) {
            add(Field::AppliesTo, "Gäller för", &applies);
        }
        if let Some(replaced) = rest(&patterns.replaces) {
            add(Field::Replaces, "Ersätter", &replaced);
        }
        if let Some(revised) = rest(&patterns.revised).filter(|rest| near(rest)) {
            add(Field::Revised, "Reviderad", &revised);
        }
        if let Some(version) = rest(&patterns.version) {
            add(Field::Version, "Version", &version);
        }
    }
    found
}

/// Whether a line is a case number and nothing else.
pub(super) fn is_case_number(line: &str) -> bool {
    // The abbreviations of statutes look alike.
    !line.starts_with("SFS") && PATTERNS.as_ref().is_some_and(|patterns| patterns.bare_case.is_match(line))
}

/// `av socialnämnden`, `av MAS`: somebody who can decide.
fn decided_by_somebody(text: &str) -> bool {
    let lower = text.to_lowercase();
    let who = ["nämnd", "styrelse", "fullmäktige", "chef", "direktör", "utskott", "mas", "mar", "sas"];
    lower.starts_with("av ")
        && lower
            .split([' ', ',', '.'])
            .take(5)
            .any(|word| who.iter().any(|end| word.starts_with(end) || word.trim_end_matches("en").ends_with(end)))
}

/// Cuts where the sentence goes on to say something else of the document.
fn until_next_statement(text: &str) -> String {
    let lower = text.to_lowercase();
    let stops = [
        " och gäller",
        " att gälla",
        ", gäller",
        " och ersätter",
        ", dnr",
        " dnr",
        ", diarienummer",
        ", reviderad",
        " och reviderad",
        ", senast reviderad",
    ];
    let end = stops.iter().filter_map(|stop| lower.find(stop)).min().filter(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(text.len())).unwrap_or(text).to_owned()
}

/// Cuts after a full stop before a capital letter; `Dnr.` and `t.o.m.` end no sentence.
fn sentences(paragraph: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    for (at, _) in paragraph.match_indices(". ") {
        let before = paragraph.get(from..at).unwrap_or("");
        let after = paragraph.get(at + 2..).unwrap_or("");
        let last = before.rsplit(' ').next().unwrap_or("").to_lowercase();
        let abbreviation = matches!(last.as_str(), "dnr" | "diarienr" | "kap" | "nr" | "kl" | "tel" | "o" | "fr" | "t")
            || (last.contains('.') && !last.starts_with(|c: char| c.is_ascii_digit()));
        if after.starts_with(|first: char| first.is_uppercase()) && !abbreviation {
            out.push(before.trim());
            from = at + 2;
        }
    }
    out.push(paragraph.get(from..).unwrap_or("").trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(paragraph: &str) -> Vec<(Field, String)> {
        facts_in(paragraph).into_iter().map(|(field, _, value)| (field, value)).collect()
    }

    #[test]
    fn sentences_about_the_document() {
        let found = values(
            "Beslutad av socialnämnden den 4 mars 2024, § 47. Dnr SN 2024/0123. Rutinen gäller från den 1 april 2024 \
             och ersätter SN 2019/0044. Den här rutinen ska revideras senast 2026-04-01. Verksamhetschefen är \
             dokumentansvarig.",
        );
        let expected = [
            (Field::DecidedOn, "av socialnämnden den 4 mars 2024, § 47"),
            (Field::Case, "SN 2024/0123"),
            (Field::From, "1 april 2024"),
            (Field::Review, "2026-04-01"),
            (Field::Owner, "Verksamhetschefen"),
        ];
        for (field, value) in expected {
            assert!(found.contains(&(field, value.to_owned())), "{field:?} in {found:?}");
        }
    }

    #[test]
    fn sentences_about_other_things() {
        for text in [
            "Genomförandeplanen ska revideras var sjätte månad.",
            "Beslut om insats fattas av biståndshandläggaren.",
            "Enhetschefen är ansvarig för schemat.",
            "Rutinen gäller från första arbetsdagen.",
            "Sjuksköterskan ersätter den ordinarie.",
            "Avvikelsen ska vara godkänd innan den stängs.",
        ] {
            assert_eq!(values(text), [], "{text}");
        }
    }

    #[test]
    fn case_numbers_alone() {
        for line in ["KFKS 2018/1151", "SN 2024/0123", "2024.041 KS", "SN-2024-117", "KS 2024-0123"] {
            assert!(is_case_number(line), "{line}");
        }
        for line in ["SFS 2001:453", "2024", "Rutin 2024", "08-123 45 67"] {
            assert!(!is_case_number(line), "{line}");
        }
    }
}
