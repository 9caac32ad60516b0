//! How can somebody correct what a document says of itself, without touching the document?
//!
//! A file beside it, named as the document with `.meta.toml` after it: `rutin.pdf` and `rutin.pdf.meta.toml`. It is
//! TOML with Swedish or English keys, the same words as in header tables and front matter:
//!
//! ```toml
//! titel = "Rutin för nyckelhantering"
//! dokumenttyp = "Rutin"
//! diarienummer = "SN 2025/0123"
//! beslutad_av = "Socialnämnden"
//! beslutsdatum = 2025-03-04
//! dokumentansvarig = "Verksamhetschef hemtjänst"
//! galler_fran = 2025-04-01
//! galler_till = ""             # inget slutdatum, vad dokumentet än säger
//! revideras = "två år efter beslut"
//! galler_for = ["Hemtjänst norr", "Nattpatrullen"]
//! ersatter = "SN 2022/0044"
//! samling = "Hemtjänst"
//! klassning = "K1"
//! version = 3
//! ```
//!
//! What it says counts before the document's own words; an empty text takes a value away. A key or value that is not
//! understood is reported with the document. Not here: finding the files (the walk).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::Value;

use super::head::{Fact, Trust};
use super::labels::{Field, Rank, look_up};

/// What follows a document's whole name in the name of its side file.
const SIDE_ENDING: &str = ".meta.toml";

/// Far more than a side file needs.
const MAX_BYTES: u64 = 64 * 1024;
/// What a reader of a problem can be pointed to.
const KEYS: &str = "titel, dokumenttyp, diarienummer, beslutad_av, beslutsdatum, dokumentansvarig, galler_fran, \
                    galler_till, revideras, galler_for, ersatter, samling, klassning, version, reviderad";

/// What a side file says.
#[derive(Debug, Clone, Default)]
pub struct SideFile {
    facts: Vec<Fact>,
    emptied: Vec<Field>,
    problems: Vec<String>,
}

impl SideFile {
    /// Whether a file is a side file, by its name.
    pub fn is_one(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(SIDE_ENDING))
    }

    /// The side file of a document, if there is one.
    pub fn beside(document: &Path) -> Option<PathBuf> {
        let mut name = document.file_name()?.to_owned();
        name.push(SIDE_ENDING);
        Some(document.with_file_name(name)).filter(|path| path.is_file())
    }

    /// The document that a side file speaks of, whether or not it is there.
    pub fn document_of(side: &Path) -> Option<PathBuf> {
        let name = side.file_name()?.to_str()?;
        let stem = name.get(..name.len().checked_sub(SIDE_ENDING.len())?)?;
        (!stem.is_empty()).then(|| side.with_file_name(stem))
    }

    /// Reads a side file. What is wrong with it is among its problems.
    pub fn read(path: &Path) -> Self {
        let mut text = String::new();
        let outcome = std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
        match outcome {
            Ok(read) if (read as u64) < MAX_BYTES => Self::parse(&text),
            Ok(_) => Self::broken("den är för stor"),
            Err(error) => Self::broken(&error.to_string()),
        }
    }

    /// Makes sense of a side file's text.
    pub fn parse(text: &str) -> Self {
        let table: toml::Table = match text.trim_start_matches('\u{feff}').parse() {
            Ok(table) => table,
            Err(error) => return Self::broken(error.message()),
        };
        let mut side = Self::default();
        for (key, value) in table {
            let field = look_up(&key).filter(|(field, rank)| *field != Field::Other && *rank < Rank::Weak);
            let Some((field, _)) = field else {
                side.problems.push(format!("Sidofil: nyckeln ”{key}” är okänd. Det finns {KEYS}."));
                continue;
            };
            match as_text(&value) {
                Some(text) if text.trim().is_empty() => side.emptied.push(field),
                Some(value) => side.facts.push(Fact { field, trust: Trust::Stated, label: key, value }),
                None => {
                    side.problems.push(format!("Sidofil: {key} ska vara en text, ett datum eller en lista av texter."));
                }
            }
        }
        side
    }

    fn broken(reason: &str) -> Self {
        let problem = format!("Sidofil: den går inte att läsa och används inte ({reason}).");
        Self { problems: vec![problem], ..Self::default() }
    }

    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Fields that are to be empty, whatever the document says.
    pub(super) fn emptied(&self) -> &[Field] {
        &self.emptied
    }

    /// What is wrong with it, one Swedish sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Datetime(moment) => Some(moment.date.map_or_else(|| moment.to_string(), |date| date.to_string())),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(", "))
        }
        Value::Boolean(_) | Value::Table(_) => None,
    }
}
