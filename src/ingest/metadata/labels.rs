//! Which labels do municipal documents use of themselves, and what does each speak of?
//!
//! A table of synonyms; a new template usually needs no more than another word in it. Not here: what the values mean
//! ([`super`]).

use crate::ingest::document::fold_whitespace;

/// What a label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Type,
    Case,
    DecidedBy,
    DecidedOn,
    Owner,
    From,
    Until,
    Period,
    Review,
    AppliesTo,
    Replaces,
    Collection,
    Classification,
    /// Belongs to a header table but says nothing that Rutinlots uses.
    Other,
}

/// Labels as they are written after [`fold_label`]; synonyms of one field share a row.
const LABELS: &[(Field, &[&str])] = &[
    (Field::Title, &["titel", "title", "rubrik", "dokumentnamn", "dokumenttitel", "dokumentets namn"]),
    (
        Field::Type,
        &["dokumenttyp", "typ av styrdokument", "typ av dokument", "styrdokument", "styrdokumenttyp", "dokumentslag"],
    ),
    (
        Field::Case,
        &[
            "diarienummer",
            "dnr",
            "diarienr",
            "diarie nr",
            "arendenummer",
            "beteckning",
            "sfs nummer",
            "sfs nr",
            "dokumentnummer",
        ],
    ),
    (
        Field::DecidedBy,
        &[
            "beslutad av",
            "beslutat av",
            "beslut av",
            "beslutande instans",
            "beslutsinstans",
            "beslutande organ",
            "beslutande namnd",
            "beslutsfattare",
            "faststalld av",
            "faststallt av",
            "antagen av",
            "godkand av",
            "beslutande",
            "beslutsniva",
        ],
    ),
    (
        Field::DecidedOn,
        &[
            "beslutsdatum",
            "datum for beslut",
            "beslutad",
            "beslutat",
            "beslutad datum",
            "faststalld",
            "faststallt",
            "faststalld datum",
            "faststallelsedatum",
            "datum for faststallande",
            "faststallt/senast uppdaterad",
            "antagen",
            "antaget",
            "antagen datum",
            "godkand",
            "godkand datum",
            "utfardad",
            "utfardad datum",
            "datum och paragraf for beslut",
        ],
    ),
    (
        Field::Owner,
        &[
            "dokumentansvarig",
            "ansvarig",
            "dokumentagare",
            "agare",
            "ansvarig processagare",
            "processagare",
            "dokumentansvar",
            "ansvarig funktion",
            "ansvarig for dokumentet",
            "ansvarig for revidering",
            "innehallsansvarig",
            "kontaktperson",
            "ansvarig tjansteperson",
            "ansvarig tjansteman",
            "ansvarig handlaggare",
            "ansvarig chef",
            "dokumentansvarig funktion",
            "ansvarig for uppfoljning",
            "dokumentets agare",
        ],
    ),
    (
        Field::From,
        &[
            "galler fran",
            "giltig fran",
            "galler fr.o.m.",
            "galler fr o m",
            "galler from",
            "giltig fr.o.m.",
            "giltig from",
            "giltig fr o m",
            "galler fran och med",
            "giltig fran och med",
            "giltighet fran",
            "ikrafttradande",
            "trader i kraft",
            "ikraft datum",
            "ikrafttradandedatum",
        ],
    ),
    (
        Field::Until,
        &[
            "galler till",
            "giltig till",
            "galler t.o.m.",
            "galler t o m",
            "galler tom",
            "giltig t.o.m.",
            "giltig tom",
            "giltig t o m",
            "galler till och med",
            "giltig till och med",
            "galler langst till",
            "giltighet till",
            "upphor",
            "upphor att galla",
        ],
    ),
    (Field::Period, &["giltighetstid", "giltighet", "giltighetsperiod", "giltig", "galler"]),
    (
        Field::Review,
        &[
            "revideras",
            "revideras senast",
            "nasta revidering",
            "revideringsdatum",
            "ses over senast",
            "nasta oversyn",
            "ska revideras",
            "ska revideras senast",
            "datum for revidering",
            "aktualitetsprovas",
            "aktualiseras senast",
            "nasta uppfoljning",
            "uppfoljning senast",
            "nasta revideringsdatum",
            "oversyn senast",
            "revidering",
        ],
    ),
    (
        Field::AppliesTo,
        &[
            "galler for",
            "dokumentet galler for",
            "malgrupp",
            "berorda verksamheter",
            "tillampningsomrade",
            "avser",
            "omfattar",
        ],
    ),
    (Field::Replaces, &["ersatter", "ersatter dokument", "ersatter tidigare", "upphaver", "dokumentet ersatter"]),
    (Field::Collection, &["samling", "dokumentsamling", "amnesomrade"]),
    (
        Field::Classification,
        &[
            "klassning",
            "informationsklass",
            "informationsklassning",
            "klassa",
            "klassificering",
            "sakerhetsklass",
            "informationssakerhetsklass",
        ],
    ),
    (
        Field::Other,
        &[
            "version",
            "versionsnummer",
            "versionsnr",
            "utgava",
            "upprattad av",
            "upprattad",
            "forfattare",
            "skapad av",
            "ansvarigt politiskt organ",
            "ansvarig namnd",
            "ansvarig forvaltning",
            "senast uppdaterad",
            "senast andrad",
            "senast reviderad",
            "reviderad",
            "reviderad datum",
            "publicerad datum",
            "forarbeten",
            "pdf url",
            "departement",
            "lagstod",
            "lagrum",
            "dokument id",
            "dokumentid",
            "status",
            "forvaltning",
            "handlaggare",
            "publicerad",
            "framtagen av",
            "granskad av",
            "tillhorande dokument",
            "relaterade dokument",
            "giltig version",
            "processnamn",
        ],
    ),
];

/// Whether `text` is a label that documents use of themselves.
pub(in crate::ingest) fn is_label(text: &str) -> bool {
    text.chars().count() <= 45 && field_of(text).is_some()
}

/// The field that a label names.
pub(super) fn field_of(label: &str) -> Option<Field> {
    let folded = fold_label(label);
    LABELS.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(field, _)| *field)
}

/// `Gäller från:` and `galler_fran` become the same `galler fran`.
pub(super) fn fold_label(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    for character in fold_whitespace(label).chars().flat_map(char::to_lowercase) {
        match character {
            'å' | 'ä' => out.push('a'),
            'ö' => out.push('o'),
            'é' => out.push('e'),
            '_' | '-' => out.push(' '),
            '*' | ':' => {}
            other => out.push(other),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").replace(" / ", "/")
}
