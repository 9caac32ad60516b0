//! What does a document say of itself: who owns it, from when does it apply, what does it replace?
//!
//! Maps the labels that municipalities use ("Dokumentägare", "Giltig fr.o.m.", "Beslutande instans" ...) to
//! [`Metadata`]. A value that cannot be understood is reported in [`Metadata::problems`], never guessed. Not here:
//! where in the file the labels stood (the readers), nor whether the document may be used today
//! ([`Validity::standing`]).

mod dates;
mod labels;

use self::dates::Stretch;
pub(super) use self::labels::is_label;
use self::labels::{Field, field_of, fold_label};
use super::document::{BlockKind, Metadata, Reading, Validity, fold_whitespace};

/// Makes sense of the properties of a reading.
pub fn interpret(reading: &Reading, file_stem: &str) -> Metadata {
    let mut metadata = Metadata::default();
    for (label, value) in &reading.properties {
        let (Some(field), value) = (field_of(label), fold_whitespace(value)) else {
            continue;
        };
        if !says_nothing(&value) {
            take(&mut metadata, field, label, &value);
        }
    }
    if let Validity { from: Some(from), until: Some(until), .. } = metadata.validity
        && until < from
    {
        metadata.problems.push(format!("Gäller till ({until}) ligger före gäller från ({from})."));
    }
    if metadata.title.is_none() {
        metadata.title = reading.title.clone().or_else(|| first_heading(reading)).or_else(|| readable_stem(file_stem));
    }
    metadata
}

fn take(metadata: &mut Metadata, field: Field, label: &str, value: &str) {
    match field {
        Field::Title => set(&mut metadata.title, value),
        Field::Type => set(&mut metadata.document_type, value),
        Field::Case => set(&mut metadata.case_number, value),
        Field::Owner => set(&mut metadata.owner, value),
        Field::AppliesTo => set(&mut metadata.applies_to, value),
        Field::Replaces => set(&mut metadata.replaces, value),
        Field::Collection => set(&mut metadata.collection, value),
        Field::DecidedBy | Field::DecidedOn => take_decision(metadata, field, label, value),
        Field::Classification => take_classification(metadata, label, value),
        Field::From => {
            if let Some(stretch) = date_or_problem(metadata, label, value) {
                metadata.validity.from.get_or_insert(stretch.first);
            }
        }
        Field::Until => {
            if !open_ended(value)
                && let Some(stretch) = date_or_problem(metadata, label, value)
            {
                metadata.validity.until.get_or_insert(stretch.last);
            }
        }
        Field::Review => {
            if let Some(stretch) = date_or_problem(metadata, label, value) {
                metadata.validity.review_due.get_or_insert(stretch.last);
            }
        }
        Field::Period => take_period(metadata, label, value),
        Field::Other => {}
    }
}

fn set(slot: &mut Option<String>, value: &str) {
    if slot.is_none() {
        *slot = Some(value.to_owned());
    }
}

/// `Socialnämnden 2024-03-04 § 47` holds both who and when, under either label.
fn take_decision(metadata: &mut Metadata, field: Field, label: &str, value: &str) {
    let found = dates::find_all(value);
    if let Some(stretch) = found.first() {
        metadata.decided_on.get_or_insert(stretch.first);
    } else if field == Field::DecidedOn {
        metadata.problems.push(unreadable(label, value));
        return;
    }
    let name = match found.first() {
        Some(stretch) => {
            let before = value[..stretch.start].trim_end_matches([' ', ',', '(', '.', ':']);
            let before = before
                .strip_suffix("den")
                .filter(|rest| !rest.ends_with(char::is_alphabetic))
                .unwrap_or(before)
                .trim_end_matches([' ', ',']);
            let after = value[stretch.end..].trim_start_matches([' ', ',', ')']);
            let after = after.strip_prefix("av ").unwrap_or("");
            if before.is_empty() { after } else { before }
        }
        None => value,
    };
    if name.chars().filter(|character| character.is_alphabetic()).count() > 1 {
        set(&mut metadata.decided_by, name);
    }
}

/// `K2`, `KLASSA 2`, `2`, or words: the class is a number from 1 to 4.
fn take_classification(metadata: &mut Metadata, label: &str, value: &str) {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [digit @ '1'..='4'] => set(&mut metadata.classification, &format!("K{digit}")),
        _ => metadata.problems.push(unreadable(label, value)),
    }
}

/// `2024-2026`, `2024-01-01 – 2025-12-31`, `Tills vidare`, `t.o.m. 2026-12-31`; "Gäller" may also say for whom.
fn take_period(metadata: &mut Metadata, label: &str, value: &str) {
    let found = dates::find_all(value);
    let lower = value.to_lowercase();
    match found.as_slice() {
        [first, .., last] => {
            metadata.validity.from.get_or_insert(first.first);
            metadata.validity.until.get_or_insert(last.last);
        }
        [only] => {
            let before = &lower[..only.start.min(lower.len())];
            let from_words = ["från", "fr.o.m", "fr o m", "from "];
            if from_words.iter().any(|word| before.contains(word))
                || open_ended(value)
                || lower.trim_end().ends_with(['-', '–'])
            {
                metadata.validity.from.get_or_insert(only.first);
            } else {
                metadata.validity.until.get_or_insert(only.last);
            }
        }
        [] if open_ended(value) => {}
        [] if fold_label(label) == "galler" => set(&mut metadata.applies_to, value),
        [] => metadata.problems.push(unreadable(label, value)),
    }
}

fn date_or_problem(metadata: &mut Metadata, label: &str, value: &str) -> Option<Stretch> {
    let found = dates::find_all(value).into_iter().next();
    if found.is_none() {
        metadata.problems.push(unreadable(label, value));
    }
    found
}

/// What the person who keeps the document should put right; it is shown in the web page, hence in Swedish.
fn unreadable(label: &str, value: &str) -> String {
    format!("{label}: värdet ”{value}” går inte att tolka.")
}

fn open_ended(value: &str) -> bool {
    let lower = value.to_lowercase();
    lower.contains("tills vidare") || lower.contains("tillsvidare") || lower == "löpande"
}

/// Dashes and phrases that stand for an empty cell.
fn says_nothing(value: &str) -> bool {
    let bare = value.trim_matches(['-', '–', '—', '.', ' ', '_', '/']).to_lowercase();
    matches!(bare.as_str(), "" | "saknas" | "ingen" | "inget" | "ej angivet" | "ej aktuellt" | "n/a")
}

fn first_heading(reading: &Reading) -> Option<String> {
    reading.blocks.iter().find(|block| block.kind == BlockKind::Heading { level: 1 }).map(|block| block.text.clone())
}

/// `rutin_for-nyckelhantering` becomes `Rutin for nyckelhantering`.
fn readable_stem(stem: &str) -> Option<String> {
    let spaced = fold_whitespace(&stem.replace(['_', '-', '+'], " "));
    let mut characters = spaced.chars();
    let first = characters.next()?;
    Some(first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(properties: &[(&str, &str)]) -> Metadata {
        let properties = properties.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        interpret(&Reading { properties, ..Reading::default() }, "rutin_for-nycklar")
    }

    fn dates(metadata: &Metadata) -> [Option<String>; 3] {
        let Validity { from, until, review_due } = metadata.validity;
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
