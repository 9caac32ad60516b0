//! What is a document, once it has been read?
//!
//! The types that every reader produces and every later room works on: blocks in reading order, metadata and
//! validity. Not here: how a file becomes blocks (the readers), or how blocks become passages ([`super::passages`]).

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Stable name of a document: derived from its place under the source folder, so that it survives reindexing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(String);

impl DocumentId {
    /// Takes an identity that was made by [`DocumentId::from_stem`] before, for instance one from a link.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Makes an identity that is safe in a web address from a file's name without its ending.
    ///
    /// Swedish letters fold to `a` and `o`; everything that is not a letter or digit becomes a hyphen.
    pub fn from_stem(stem: &str) -> Self {
        use unicode_normalization::UnicodeNormalization;
        let mut out = String::with_capacity(stem.len());
        for character in stem.nfd().flat_map(char::to_lowercase) {
            if character.is_ascii_alphanumeric() {
                out.push(character);
            } else if !unicode_normalization::char::is_combining_mark(character) && !out.ends_with('-') {
                out.push('-');
            }
        }
        let trimmed = out.trim_matches('-');
        Self(if trimmed.is_empty() { "dokument".to_owned() } else { trimmed.to_owned() })
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A half-open stretch of a document's canonical text, counted in Unicode scalar values (`char`s).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// Number of characters covered.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span covers nothing.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// What a block of text is in its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A heading; level 1 is the outermost.
    Heading {
        /// 1 to 6.
        level: u8,
    },
    /// Running text.
    Paragraph,
    /// An item of a list.
    ListItem {
        /// `0` for the outermost list.
        depth: u8,
        /// The mark as shown, `"3."` or `"•"`.
        marker: String,
    },
    /// A row of a table, not counting its header row.
    TableRow {
        /// Column names, as many as `cells`; empty strings where the table has no header row.
        columns: Vec<String>,
        /// The cells' texts.
        cells: Vec<String>,
    },
}

/// A piece of a document in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text on one line, whitespace folded, NFC. For a table row see [`row_text`].
    pub text: String,
    /// Page that it starts on, from 1; `None` for formats without pages.
    pub page: Option<u32>,
}

impl Block {
    /// A paragraph, heading or list item; folds whitespace and composes characters.
    pub fn new(kind: BlockKind, text: &str, page: Option<u32>) -> Self {
        Self { kind, text: fold_whitespace(text), page }
    }

    /// A table row; `columns` may be shorter than `cells`.
    pub fn row(columns: &[String], cells: &[String], page: Option<u32>) -> Self {
        let cells: Vec<String> = cells.iter().map(|cell| fold_whitespace(cell)).collect();
        let mut columns: Vec<String> = columns.iter().map(|name| fold_whitespace(name)).collect();
        columns.resize(cells.len(), String::new());
        let text = row_text(&columns, &cells);
        Self { kind: BlockKind::TableRow { columns, cells }, text, page }
    }
}

/// A table row as a line that can be read alone: `Symtom: Feber; Kontakt: Sjuksköterska samma dag`.
pub fn row_text(columns: &[String], cells: &[String]) -> String {
    let mut parts = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        if cell.is_empty() {
            continue;
        }
        match columns.get(index).map(String::as_str) {
            None | Some("") => parts.push(cell.clone()),
            Some(name) => parts.push(format!("{name}: {cell}")),
        }
    }
    parts.join("; ")
}

/// Composes characters (NFC), drops soft hyphens and zero-width marks, and folds every run of whitespace to one space.
pub fn fold_whitespace(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut out = String::with_capacity(text.len());
    for character in text.nfc() {
        if matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}') {
            continue;
        }
        if character.is_whitespace() || character.is_control() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else {
            out.push(character);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What a document says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Title as written in the document.
    pub title: Option<String>,
    /// "Rutin", "Riktlinje" ...
    pub document_type: Option<String>,
    /// Diarienummer.
    pub case_number: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When it was decided.
    pub decided_on: Option<Date>,
    /// Dokumentansvarig: the role that answers questions about it.
    pub owner: Option<String>,
    /// First and last day, and day of review.
    pub validity: Validity,
    /// Which units or staff it applies to.
    pub applies_to: Option<String>,
    /// Case number or title of what it replaces.
    pub replaces: Option<String>,
    /// Samling.
    pub collection: Option<String>,
    /// KLASSA class, "K1" to "K4".
    pub classification: Option<String>,
    /// When it was last revised, or written where it says no more than that.
    #[serde(default)]
    pub revised_on: Option<Date>,
    /// Version as written, "3" or "2.1".
    #[serde(default)]
    pub version: Option<String>,
    /// Values that could not be read, contradict each other or are missing; one Swedish sentence each.
    pub problems: Vec<String>,
}

/// When a document is in force: what it says of that itself, and whether a newer version counts instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// First day in force.
    pub from: Option<Date>,
    /// Last day in force.
    pub until: Option<Date>,
    /// Day by which it should have been reviewed.
    pub review_due: Option<Date>,
    /// When newer versions count instead of it. No document says this of itself: it is found among all documents of an
    /// index ([`super::versions`]), which keeps it apart from what the document says.
    #[serde(skip)]
    pub replaced: Vec<Replaced>,
}

/// The days on which a newer version counts instead of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// First of them; `None` where the newer version does not say, which counts as begun.
    pub from: Option<Date>,
    /// Last of them; `None` where the document is replaced for good, which is the rule.
    pub until: Option<Date>,
}

impl Replaced {
    /// Whether the newer version counts on `today`.
    pub fn counts(self, today: Date) -> bool {
        self.from.is_none_or(|from| from <= today) && self.until.is_none_or(|until| today <= until)
    }
}

/// A document's standing on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    Valid,
    /// In force, but its day of review has passed.
    ReviewOverdue,
    /// Its first day has not come.
    Upcoming,
    /// Its last day has passed, and no newer version is known.
    Expired,
    /// A newer version has taken its place, whether or not its own last day has passed, or the newer one's.
    Superseded,
}

impl Standing {
    /// Whether an answer may rest on it without being asked to.
    pub fn may_answer(self) -> bool {
        matches!(self, Self::Valid | Self::ReviewOverdue)
    }
}

impl Validity {
    /// The standing on `today`.
    pub fn standing(&self, today: Date) -> Standing {
        if self.replaced.iter().any(|replaced| replaced.counts(today)) {
            Standing::Superseded
        } else if self.until.is_some_and(|until| until < today) {
            Standing::Expired
        } else if self.from.is_some_and(|from| from > today) {
            Standing::Upcoming
        } else if self.review_due.is_some_and(|due| due < today) {
            Standing::ReviewOverdue
        } else {
            Standing::Valid
        }
    }
}

/// What a reader makes of a file: blocks in reading order, and what the file says of itself outside the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Blocks in reading order; never empty text.
    pub blocks: Vec<Block>,
    /// Labels and values found in front matter, document properties, meta tags or header tables, labels as written
    /// ("Gäller från"). [`super::metadata`] makes sense of them.
    pub properties: Vec<(String, String)>,
    /// Title from properties, or a title-styled paragraph.
    pub title: Option<String>,
    /// Number of pages, where the format has pages.
    pub pages: Option<u32>,
    /// Links whose addresses the text itself does not show.
    pub links: Vec<Link>,
    /// Pages, from 1, that show something but hold no text that could be read.
    pub pages_without_text: Vec<u32>,
    /// Pages whose text was recognised from a picture.
    pub ocr: Vec<OcrPage>,
    /// What was left out or doubtful, one English sentence each.
    pub warnings: Vec<String>,
}

/// A link in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The words that it lies on; empty if it lies on none.
    pub text: String,
    /// A web or mail address, or `#page=3` for a place in the document itself.
    pub address: String,
    /// Page that it stands on, from 1; `None` for formats without pages.
    pub page: Option<u32>,
}

/// A page whose text was recognised from a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OcrPage {
    /// The page, from 1.
    pub page: u32,
    /// Mean confidence of its words, from 0 to 1.
    pub confidence: f32,
}

/// Why a file could not be read, and what to do; [`super::left_out`] sorts it into what is stored.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The format is not one that Rutinlots reads.
    #[error("files of the kind {0:?} are not supported; save it as PDF or DOCX")]
    Unsupported(String),
    /// It has no bytes.
    #[error(
        "the file is empty (0 bytes), or a placeholder that a synchronising program has not filled; put the document \
         itself here, or remove the file"
    )]
    Empty,
    /// The contents are not what the ending says, or are damaged.
    #[error(
        "the file is damaged or not a real {format} file: {reason}; copy it again, or save it anew in the program that \
         made it"
    )]
    Damaged {
        /// "PDF", "DOCX" ...
        format: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// It cannot be opened without a password.
    #[error("the file is protected by a password; save it without one")]
    Encrypted,
    /// A program that would read it is not on this machine, or failed; the sentence says what to do.
    #[error("{0}")]
    NeedsProgram(String),
    /// It could be opened but holds no text, for instance a scanned PDF.
    #[error("no text was found, neither in the file nor in pictures of its pages")]
    NoText,
    /// Its pages are pictures, and their text could not be recognised.
    #[error("the pages are pictures without text, and {0}")]
    NotRecognised(String),
    /// It exceeds a limit.
    #[error("the file is too large: {0}; divide it into several documents")]
    TooLarge(String),
    /// It is a pipe, a socket, a device or a folder.
    #[error("it is not a file with contents (a folder, pipe, socket or device); put the file itself here")]
    NotAFile,
    /// Reading it took longer than it may.
    #[error(
        "reading it was stopped after {} s; save it anew or divide it, or run the command again when the machine has \
         less to do",
        limit.as_secs_f32()
    )]
    TimedOut {
        /// How long it could take.
        limit: std::time::Duration,
    },
    /// Reading it took more memory than it may.
    #[error(
        "reading it needs more than the {} MB of memory that a reader may use; save it anew or divide it",
        limit / 1_000_000
    )]
    OutOfMemory {
        /// Bytes that it could use.
        limit: u64,
    },
    /// The reader's process broke down.
    #[error("the reader broke down on it: {0}; save it anew in the program that made it, or as another format")]
    Crashed(String),
}
