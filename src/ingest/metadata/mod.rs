//! What does a document say of itself: who owns it, from when does it apply, what does it replace?
//!
//! Maps what documents state ("Dokumentägare", "Giltig fr.o.m.", "Beslutande instans" ...) to [`Metadata`]. A value
//! that cannot be understood is reported in [`Metadata::problems`], never guessed, and so is what is missing. Not here:
//! where in the document the statements stand (`head` and the readers), nor whether the document may be used today
//! ([`Validity::standing`]).

mod dates;
mod head;
mod kinds;
mod labels;
mod line;
mod minutes;
mod prose;
mod side_file;
mod take;
mod terms;
mod values;

use self::labels::fold_label;
pub(super) use self::labels::is_label;
pub(super) use self::line::facts_in;
pub use self::side_file::SideFile;
use self::take::Taker;
use super::document::{BlockKind, Metadata, Reading, Validity, fold_whitespace};

/// Makes sense of what a reading says of itself.
pub fn interpret(reading: &Reading, file_stem: &str) -> Metadata {
    interpret_with(reading, file_stem, None)
}

/// Makes sense of what a reading says of itself, where a side file's values count before the document's own.
pub fn interpret_with(reading: &Reading, file_stem: &str, side: Option<&SideFile>) -> Metadata {
    let mut taker = Taker::default();
    if let Some(side) = side {
        taker.take_side_file(side);
    }
    for fact in head::facts(reading) {
        taker.take(&fact);
    }
    taker.resolve_terms();
    let mut metadata = taker.metadata;
    if metadata.title.is_none() {
        let of_reader = reading.title.clone().filter(|title| can_be_title(title));
        metadata.title = of_reader.or_else(|| shown_title(reading)).or_else(|| readable_stem(file_stem));
    }
    if metadata.document_type.is_none() {
        metadata.document_type = metadata.title.as_deref().and_then(kinds::in_title);
    }
    check(&mut metadata);
    metadata
}

/// Values that contradict each other, and what is missing.
fn check(metadata: &mut Metadata) {
    let Validity { from, until, review_due, .. } = metadata.validity;
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        metadata.problems.push(format!("Gäller till ({until}) ligger före gäller från ({from})."));
    }
    if let (Some(decided), Some(due)) = (metadata.decided_on, review_due)
        && due < decided
    {
        metadata.problems.push(format!("Dagen för revidering ({due}) ligger före beslutet ({decided})."));
    }
    if let (Some(case), Some(replaces)) = (&metadata.case_number, &metadata.replaces)
        && values::same_case(case, replaces)
    {
        metadata.problems.push(format!("Dokumentet säger att det ersätter sig självt ({case})."));
    }
    // Statutes and minutes have nobody in the municipality who keeps them.
    let kept = !matches!(
        metadata.document_type.as_deref(),
        Some("Lag" | "Förordning" | "Föreskrift" | "Protokoll" | "Sammanträdesprotokoll")
    );
    let mut missing = Vec::new();
    if metadata.owner.is_none() {
        missing.push("dokumentansvarig");
    }
    if from.or(until).or(review_due).or(metadata.decided_on).or(metadata.revised_on).is_none() {
        missing.push("datum för beslut, giltighet eller revidering");
    }
    if kept && !missing.is_empty() {
        metadata.problems.push(format!(
            "Uppgifter saknas: {}. Lägg till dem i dokumentet eller i en sidofil.",
            missing.join(" och ")
        ));
    }
}

/// Not the kind of document alone, a day, a case number, a file's name or a paragraph.
fn can_be_title(text: &str) -> bool {
    let is_day = || dates::find_all(text).iter().any(|date| date.end - date.start == text.len());
    text.chars().count() <= 200
        && !kinds::is_kind(text)
        && !matches!(fold_label(text).as_str(), "innehall" | "innehallsforteckning")
        && !is_day()
        && !prose::is_case_number(text)
        && !values::is_file_name(text)
}

/// The first heading that names something, or the line at the top that reads as a title.
fn shown_title(reading: &Reading) -> Option<String> {
    let outermost = |level: u8| {
        let is_title =
            |block: &&super::document::Block| block.kind == BlockKind::Heading { level } && can_be_title(&block.text);
        reading.blocks.iter().take(40).find(is_title).map(|block| block.text.clone())
    };
    let top = reading.blocks.iter().take(3).find(|block| {
        matches!(block.kind, BlockKind::Paragraph | BlockKind::Heading { .. })
            && block.text.chars().count() <= 100
            && !block.text.ends_with(['.', ':', ','])
            && block.text.contains(' ')
            && kinds::in_title(&block.text).is_some()
    });
    // A document that begins with its kind alone: the next heading is the title, or there is no other.
    let first = reading.blocks.first().filter(|first| kinds::is_kind(&first.text));
    let second = reading.blocks.get(1).filter(|second| {
        first.is_some() && matches!(second.kind, BlockKind::Heading { .. }) && can_be_title(&second.text)
    });
    let alone = first.filter(|first| matches!(first.kind, BlockKind::Heading { .. }));
    let item = || minutes::item(&reading.blocks, can_be_title);
    item().or_else(|| outermost(1)).or_else(|| top.or(second).or(alone).map(|block| block.text.clone()))
}

/// `rutin_for-nyckelhantering` becomes `Rutin for nyckelhantering`.
fn readable_stem(stem: &str) -> Option<String> {
    values::capitalised(&fold_whitespace(&stem.replace(['_', '-', '+'], " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(properties: &[(&str, &str)]) -> Metadata {
        let properties = properties.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        interpret(&Reading { properties, ..Reading::default() }, "rutin_for-nycklar")
    }

    fn dates(metadata: &Metadata) -> [Option<String>; 3] {
        let Validity { from, until, review_due, .. } = metadata.validity;
        [from, until, review_due].map(|date| date.map(|date| date.to_string()))
    }

    #[test]
    fn the_header_of_alingsas() {
        let metadata = of(&[
            ("Typ av styrdokument", "Handlingsplan"),
            ("Beslutande instans", "Kommunstyrelsen"),
            ("Datum för beslut", "2024-03-04 § 47"),
            ("Diarienummer", "2024.041 KS"),
            ("Gäller för", "Kommunövergripande"),
            ("Giltighetstid", "2024-2026"),
            ("Revideras senast", "-"),
            ("Dokumentansvarig", "Digitaliseringsansvarig"),
        ]);
        assert_eq!(dates(&metadata), [Some("2024-01-01".into()), Some("2026-12-31".into()), None]);
        assert_eq!(metadata.decided_by.as_deref(), Some("Kommunstyrelsen"));
        assert_eq!(metadata.decided_on.map(|date| date.to_string()).as_deref(), Some("2024-03-04"));
        assert_eq!(metadata.case_number.as_deref(), Some("2024.041 KS"));
        assert_eq!(metadata.title.as_deref(), Some("Rutin for nycklar"));
        assert!(metadata.problems.is_empty());
    }

    #[test]
    fn periods() {
        let of_period = |value| dates(&of(&[("Giltighetstid", value)]));
        assert_eq!(of_period("Tills vidare"), [None, None, None]);
        assert_eq!(of_period("2025-01-01 – 2025-12-31")[1].as_deref(), Some("2025-12-31"));
        assert_eq!(of_period("t.o.m. 2026-06"), [None, Some("2026-06-30".into()), None]);
        assert_eq!(of_period("Från 1 april 2025 tills vidare"), [Some("2025-04-01".into()), None, None]);
        assert_eq!(of(&[("Gäller", "Alla chefer")]).applies_to.as_deref(), Some("Alla chefer"));
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        let metadata = of(&[
            ("Fastställt/senast uppdaterad", "2025-xx-xx"),
            ("Informationsklass", "hemlig"),
            ("Gäller från", "2025-04-01"),
            ("Gäller till", "2024-04-01"),
            ("Dokumentansvarig", "MAS"),
            ("Nästa revidering", "—"),
        ]);
        assert_eq!(metadata.problems.len(), 3, "{:?}", metadata.problems);
    }

    #[test]
    fn who_and_when_in_one_value() {
        let metadata = of(&[("Fastställd", "den 4 mars 2024 av Socialnämnden"), ("klassning", "KLASSA 2")]);
        assert_eq!(metadata.decided_by.as_deref(), Some("Socialnämnden"));
        assert_eq!(metadata.classification.as_deref(), Some("K2"));
    }
}
