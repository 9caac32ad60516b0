//! What does each page show?
//!
//! The page structs that the handlers fill and askama renders: plain owned data, no knowledge of the other rooms of the
//! house. [`DocumentSummary`], [`QuoteView`], [`RefusalView`], [`SentenceView`] and [`SearchHit`] serialize to the JSON that
//! the API promises, so that a page without JavaScript and a page with it show the same thing.
//! Not here: how the data is found (the handlers), or how the pages look (`web/`).

use std::fmt::Write as _;
use std::sync::LazyLock;

use askama::Template;
use regex::Regex;
use serde::Serialize;

/// How many quotes are shown at once; the rest are folded under "Visa fler citat".
pub const OPEN_QUOTES: usize = 3;

// ---------------------------------------------------------------------------------------------------------------------
// The frame around every page
// ---------------------------------------------------------------------------------------------------------------------

/// The part of the service that a page belongs to; marks the current place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The ask page.
    Ask,
    /// The search page.
    Search,
    /// The list of documents, and a document.
    Documents,
    /// The page about the service.
    About,
    /// None of them, for instance an error page.
    #[default]
    Elsewhere,
}

/// What every page needs: who runs the service, and the version of its assets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Name of the municipality or unit, shown beside the product's name; may be empty.
    pub organisation: String,
    /// Hash of the embedded assets, sent as `?v=` so that they can be cached for long.
    pub asset_version: String,
    /// Where in the service the page is.
    pub section: Section,
}

impl Frame {
    /// Makes the frame of a page.
    pub fn new(organisation: impl Into<String>, asset_version: impl Into<String>, section: Section) -> Self {
        Self { organisation: organisation.into(), asset_version: asset_version.into(), section }
    }

    /// Address of an embedded asset, with its version.
    pub fn asset(&self, name: &str) -> String {
        format!("/static/{name}?v={}", encode(&self.asset_version))
    }

    /// Whether the page is on the ask page.
    pub fn is_ask(&self) -> bool {
        self.section == Section::Ask
    }

    /// Whether the page is the search page.
    pub fn is_search(&self) -> bool {
        self.section == Section::Search
    }

    /// Whether the page is the list of documents or a document.
    pub fn is_documents(&self) -> bool {
        self.section == Section::Documents
    }

    /// Whether the page is the one about the service.
    pub fn is_about(&self) -> bool {
        self.section == Section::About
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Documents, as every page shows them
// ---------------------------------------------------------------------------------------------------------------------

/// Whether a document may be followed today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    #[default]
    Valid,
    /// In force, but past the day when it should have been revised.
    ReviewOverdue,
    /// Decided but not in force yet.
    Upcoming,
    /// Repealed or past its last day.
    Expired,
}

impl Standing {
    /// The badge's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "Gäller",
            Self::ReviewOverdue => "Skulle ha reviderats",
            Self::Upcoming => "Gäller inte än",
            Self::Expired => "Upphävd",
        }
    }

    /// The badge's class, which gives its colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ReviewOverdue => "overdue",
            Self::Upcoming => "upcoming",
            Self::Expired => "expired",
        }
    }
}

/// A document as it is shown beside a quote, in a hit and in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DocumentSummary {
    /// Its stable name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// "Rutin", "Riktlinje" and so on.
    pub document_type: Option<String>,
    /// The function that answers for it.
    pub owner: Option<String>,
    /// The collection that it belongs to.
    pub collection: Option<String>,
    /// Its number in the register of cases.
    pub case_number: Option<String>,
    /// Whether it may be followed today.
    pub standing: Standing,
    /// First day in force, as an ISO date.
    pub valid_from: Option<String>,
    /// Last day in force, as an ISO date.
    pub valid_until: Option<String>,
    /// The day when it should be revised, as an ISO date.
    pub review_due: Option<String>,
    /// Who it applies to.
    pub applies_to: Option<String>,
}

impl DocumentSummary {
    /// Address of the document's page, without a passage.
    pub fn url(&self) -> String {
        format!("/dokument/{}", encode(&self.id))
    }

    /// The badge's second half: the date that explains its standing; empty where none is known.
    pub fn validity_detail(&self) -> String {
        let say = |lead: &str, date: &Option<String>| {
            date.as_deref().map(|date| format!("{lead} {}", swedish_date(date))).unwrap_or_default()
        };
        match self.standing {
            Standing::Valid if self.review_due.is_some() => say("revideras", &self.review_due),
            Standing::Valid => say("från", &self.valid_from),
            Standing::ReviewOverdue => say("senast", &self.review_due),
            Standing::Upcoming => say("börjar gälla", &self.valid_from),
            Standing::Expired => say("gällde till och med", &self.valid_until),
        }
    }

    /// The warning at the top of a document that is not plainly in force; `None` when it is.
    pub fn warning(&self) -> Option<String> {
        let owner = self.owner.as_deref().unwrap_or("den som ansvarar för dokumentet");
        let date = |date: &Option<String>| date.as_deref().map(swedish_date);
        match self.standing {
            Standing::Valid => None,
            Standing::ReviewOverdue => Some(match date(&self.review_due) {
                Some(day) => format!(
                    "Dokumentet skulle ha reviderats senast {day}. Det gäller fortfarande, men delar kan vara inaktuella. \
                     Fråga {owner} om du är osäker."
                ),
                None => format!(
                    "Dokumentet skulle ha reviderats. Det gäller fortfarande, men delar kan vara inaktuella. Fråga {owner} \
                     om du är osäker."
                ),
            }),
            Standing::Upcoming => Some(match date(&self.valid_from) {
                Some(day) => format!("Dokumentet börjar gälla {day}. Följ det inte före dess."),
                None => "Dokumentet gäller inte än. Följ det inte.".to_owned(),
            }),
            Standing::Expired => Some(match date(&self.valid_until) {
                Some(day) => format!("Dokumentet är upphävt. Det gällde till och med {day}. Följ det inte."),
                None => "Dokumentet är upphävt. Följ det inte.".to_owned(),
            }),
        }
    }
}

/// A stretch of a document's canonical text, in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpanView {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// A piece of running text: plain, or a phone number that can be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextPart {
    /// The text as it stands.
    pub text: String,
    /// `tel:` address when the text is a phone number.
    pub tel: Option<String>,
}

// ---------------------------------------------------------------------------------------------------------------------
// The ask page
// ---------------------------------------------------------------------------------------------------------------------

/// An exact quote from a document: a sentence or a table row, with where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuoteView {
    /// The number that citations use; `None` for the nearest passages of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The words of the document, exactly.
    pub text: String,
    /// What leads in to the quote, for instance the sentence before a list; may be empty.
    pub before: String,
    /// The document that it stands in.
    pub document: DocumentSummary,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page that it stands on, where the document has pages.
    pub page: Option<u32>,
    /// The passage that it belongs to.
    pub passage: String,
    /// Where it stands in the document's text.
    pub span: SpanView,
    /// Address of the document opened at the quote, see [`passage_url`].
    pub url: String,
}

impl QuoteView {
    /// The quote's text with its phone numbers apart.
    pub fn text_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }

    /// The lead-in's text with its phone numbers apart.
    pub fn before_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.before)
    }

    /// Headings and page on one line: `4 Ansvar › 4.2 Delegering, sida 3`.
    pub fn place(&self) -> String {
        place(&self.heading_path, self.page)
    }

    /// The number as a chip shows it; empty for a quote without one.
    pub fn number_text(&self) -> String {
        self.number.map(|number| number.to_string()).unwrap_or_default()
    }
}

/// How a sentence of the composed answer is backed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentenceStatus {
    /// Written by the model and found to be supported by its sources.
    #[default]
    Supported,
    /// The document's own words.
    Quoted,
}

impl SentenceStatus {
    /// The sentence's class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Quoted => "quoted",
        }
    }
}

/// One sentence of the composed answer, with its sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SentenceView {
    /// The sentence.
    pub text: String,
    /// Numbers of the quotes that it builds on.
    pub citations: Vec<u32>,
    /// How it is backed.
    pub status: SentenceStatus,
}

impl SentenceView {
    /// The sentence's text with its phone numbers apart.
    pub fn text_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }
}

/// A source chip: the number, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    /// The quote's number.
    pub number: u32,
    /// Address of the document opened at the quote.
    pub url: String,
    /// The document's title, for screen readers and as a hint.
    pub title: String,
}

/// An answer: quotes, and the composed text where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AnswerView {
    /// The quotes, the decisive one first.
    pub quotes: Vec<QuoteView>,
    /// The sentences of the composed answer; `None` where none was composed.
    pub sentences: Option<Vec<SentenceView>>,
}

impl AnswerView {
    /// The quotes that are open from the start.
    pub fn open_quotes(&self) -> &[QuoteView] {
        &self.quotes[..self.quotes.len().min(OPEN_QUOTES)]
    }

    /// The quotes that are folded away.
    pub fn folded_quotes(&self) -> &[QuoteView] {
        &self.quotes[self.quotes.len().min(OPEN_QUOTES)..]
    }

    /// The chips of a sentence; a number without a quote is left out.
    pub fn chips(&self, sentence: &SentenceView) -> Vec<Chip> {
        sentence
            .citations
            .iter()
            .filter_map(|&number| {
                let quote = self.quotes.iter().find(|quote| quote.number == Some(number))?;
                Some(Chip { number, url: quote.url.clone(), title: quote.document.title.clone() })
            })
            .collect()
    }
}

/// A calm no: what the routines do not say, and where to go instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusalView {
    /// The no, in one sentence.
    pub message: String,
    /// A little more; may be empty.
    pub detail: String,
    /// The owner or function to ask.
    pub contact: Option<String>,
    /// The passages that came nearest; their `number` is `None`.
    pub nearest: Vec<QuoteView>,
}

impl RefusalView {
    /// Whom to ask, with phone numbers apart.
    pub fn contact_parts(&self) -> Vec<TextPart> {
        self.contact.as_deref().map(phone_parts).unwrap_or_default()
    }
}

/// What the ask page shows under its field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum AskState {
    /// Nothing is asked: examples.
    #[default]
    Start,
    /// A question is asked and the page's script fetches the answer itself (the browser sent the cookie `js=1`).
    Deferred,
    /// An answer.
    Answered(AnswerView),
    /// A calm no.
    Refused(RefusalView),
    /// The question could not be answered now.
    Failed {
        /// What happened and what to do, in Swedish.
        message: String,
        /// Seconds to wait before the next try.
        retry_after: Option<u32>,
    },
}

/// `GET /`: one field, and the answer under it.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "ask.html", config = "src/server/web/askama.toml")]
pub struct AskPage {
    /// What every page needs.
    pub frame: Frame,
    /// Example questions for the first visit.
    pub examples: Vec<String>,
    /// The question as asked; empty at the start.
    pub question: String,
    /// Longest question that the service takes, in characters.
    pub max_length: usize,
    /// Whether a model composes answers; `false` shows that they are turned off.
    pub composing: bool,
    /// What is shown under the field.
    pub state: AskState,
}

impl AskPage {
    /// Address of the ask page with a question in it.
    pub fn ask_url(&self, question: &str) -> String {
        ask_url(question)
    }

    /// Address of the search page with the question as its query.
    pub fn search_url(&self) -> String {
        format!("/sok?q={}", encode(&self.question))
    }

    /// Word for the script: has the server already written the answer?
    pub fn rendered(&self) -> &'static str {
        match self.state {
            AskState::Start => "start",
            AskState::Deferred => "deferred",
            AskState::Answered(_) => "answered",
            AskState::Refused(_) => "refused",
            AskState::Failed { .. } => "failed",
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The search page
// ---------------------------------------------------------------------------------------------------------------------

/// A passage that a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SearchPassage {
    /// The passage.
    pub passage: String,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page that it stands on, where the document has pages.
    pub page: Option<u32>,
    /// The passage's text, or the part of it that is worth showing.
    pub text: String,
    /// Matched words as character ranges of `text`.
    pub highlights: Vec<(usize, usize)>,
    /// Address of the document opened at the passage.
    pub url: String,
}

impl SearchPassage {
    /// The text with its matched words marked.
    pub fn segments(&self) -> Vec<Segment> {
        segments(&self.text, &self.highlights)
    }

    /// Headings and page on one line; never empty, since it is the passage's link.
    pub fn place(&self) -> String {
        let place = place(&self.heading_path, self.page);
        if place.is_empty() { "Öppna stycket".to_owned() } else { place }
    }
}

/// A document that a search found, with its best passages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// How well it fits; for the API, not shown.
    pub score: f32,
    /// The document.
    pub document: DocumentSummary,
    /// Its best passages, best first.
    pub passages: Vec<SearchPassage>,
}

/// `GET /sok`: hits grouped by document.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "search.html", config = "src/server/web/askama.toml")]
pub struct SearchPage {
    /// What every page needs.
    pub frame: Frame,
    /// What was searched for; empty shows the start of the page.
    pub query: String,
    /// The server's time in milliseconds.
    pub took_ms: u64,
    /// The hits, best first.
    pub hits: Vec<SearchHit>,
    /// Why the search could not be made, in Swedish.
    pub error: Option<String>,
}

impl SearchPage {
    /// "3 dokument", "Inga träffar".
    pub fn count_text(&self) -> String {
        match self.hits.len() {
            0 => "Inga träffar".to_owned(),
            1 => "1 dokument".to_owned(),
            many => format!("{many} dokument"),
        }
    }

    /// Address of the ask page with the query as a question.
    pub fn ask_url(&self) -> String {
        ask_url(&self.query)
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// A document
// ---------------------------------------------------------------------------------------------------------------------

/// A run of text that is marked, or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// The text.
    pub text: String,
    /// Whether it is marked: the cited words of a document, the matched words of a hit.
    pub marked: bool,
    /// Whether this is the first mark of the page, the one that the link scrolls to; see [`finish_blocks`].
    pub anchor: bool,
}

impl Segment {
    /// Text that is not marked.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: false, anchor: false }
    }

    /// Text that is marked.
    pub fn marked(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: true, anchor: false }
    }

    /// The text with its phone numbers apart.
    pub fn parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }
}

/// An item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListItemView {
    /// The mark as the document shows it, `"3."` or `"•"`.
    pub marker: String,
    /// `0` for the outermost list.
    pub depth: u8,
    /// The item's text.
    pub segments: Vec<Segment>,
    /// The page that begins with this item; `None` where the page goes on.
    pub page: Option<u32>,
}

impl ListItemView {
    /// The depth that the stylesheet knows, `0` to `3`.
    pub fn indent(&self) -> u8 {
        self.depth.min(3)
    }
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The cell's text.
    pub segments: Vec<Segment>,
}

impl Cell {
    /// Whether the cell has no text.
    pub fn is_empty(&self) -> bool {
        self.segments.iter().all(|segment| segment.text.trim().is_empty())
    }
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The cells, as many as the table has columns.
    pub cells: Vec<Cell>,
}

impl Row {
    /// Each cell with its column's name, which stands before it on a narrow screen; empty where there is none.
    pub fn labelled<'a>(&'a self, columns: &'a [String]) -> Vec<(&'a str, &'a Cell)> {
        let name = |index: usize| columns.get(index).map_or("", |name| name.trim());
        self.cells.iter().enumerate().map(|(index, cell)| (name(index), cell)).collect()
    }
}

/// A piece of a document in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DocumentBlock {
    /// A heading.
    Heading {
        /// 1 is the outermost; see [`finish_blocks`].
        level: u8,
        /// Its anchor, as in [`ContentsEntry::id`].
        id: String,
        /// Its text.
        segments: Vec<Segment>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
    /// Running text.
    Paragraph {
        /// Its text.
        segments: Vec<Segment>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
    /// Neighbouring items.
    List {
        /// The items in order.
        items: Vec<ListItemView>,
    },
    /// Neighbouring rows with the same columns.
    Table {
        /// Column names; empty strings or no names where the table has no header row.
        columns: Vec<String>,
        /// The rows in order.
        rows: Vec<Row>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
}

impl DocumentBlock {
    /// The heading element's level on the page: one below the document's own, since the title is the page's `h1`.
    pub fn html_level(&self) -> u8 {
        match self {
            Self::Heading { level, .. } => (*level).clamp(1, 5) + 1,
            _ => 0,
        }
    }

    /// Whether a table has any column name.
    pub fn has_header(&self) -> bool {
        matches!(self, Self::Table { columns, .. } if columns.iter().any(|name| !name.trim().is_empty()))
    }

    fn segment_lists(&mut self) -> Vec<&mut Vec<Segment>> {
        match self {
            Self::Heading { segments, .. } | Self::Paragraph { segments, .. } => vec![segments],
            Self::List { items } => items.iter_mut().map(|item| &mut item.segments).collect(),
            Self::Table { rows, .. } => {
                rows.iter_mut().flat_map(|row| &mut row.cells).map(|cell| &mut cell.segments).collect()
            }
        }
    }
}

/// Makes a document's blocks ready to show; to be called once they are made.
///
/// The first marked segment becomes the one that `#traff` leads to, and headings that skip a level are moved out, since a
/// screen reader takes the gap for something missing. Returns whether anything is marked.
pub fn finish_blocks(blocks: &mut [DocumentBlock]) -> bool {
    let mut found = false;
    let mut open: Vec<u8> = Vec::new();
    for block in blocks {
        if let DocumentBlock::Heading { level, .. } = block {
            open.retain(|outer| outer < level);
            open.push(*level);
            *level = open.len() as u8;
        }
        for segment in block.segment_lists().into_iter().flatten() {
            segment.anchor = segment.marked && !found;
            found |= segment.marked;
        }
    }
    found
}

/// A line of the table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContentsEntry {
    /// 1 to 6, as in the document.
    pub level: u8,
    /// The heading's anchor.
    pub id: String,
    /// The heading's text.
    pub text: String,
}

impl ContentsEntry {
    /// The level that the stylesheet knows, `1` to `3`.
    pub fn indent(&self) -> u8 {
        self.level.clamp(1, 3)
    }
}

/// A row of facts about a document: "Dokumentansvarig", "Enhetschef Hemtjänst Norra".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MetadataRow {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
}

impl MetadataRow {
    /// Makes a row; an ISO date as the value is written out.
    pub fn new(label: impl Into<String>, value: &str) -> Self {
        Self { label: label.into(), value: swedish_date(value) }
    }
}

/// A link with its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub text: String,
}

/// `GET /dokument/{id}`: a document, opened at the cited words.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "document.html", config = "src/server/web/askama.toml")]
pub struct DocumentPage {
    /// What every page needs.
    pub frame: Frame,
    /// The document.
    pub document: DocumentSummary,
    /// Facts about it in reading order.
    pub metadata: Vec<MetadataRow>,
    /// Its headings; fewer than two show no table of contents.
    pub contents: Vec<ContentsEntry>,
    /// Its text, with [`finish_blocks`] called on it.
    pub blocks: Vec<DocumentBlock>,
    /// The file that it was read from, "Öppna originalet (PDF)"; see [`original_url`].
    pub original: Option<LinkView>,
    /// Back to the answer or the search that led here; see [`back_link`].
    pub back: LinkView,
    /// The document that replaces this one.
    pub replaced_by: Option<LinkView>,
    /// How to refer to the cited words in a journal; see [`reference`].
    pub reference: Option<String>,
}

impl DocumentPage {
    /// Whether any words are marked.
    pub fn has_mark(&self) -> bool {
        let marked = |segments: &[Segment]| segments.iter().any(|segment| segment.marked);
        self.blocks.iter().any(|block| match block {
            DocumentBlock::Heading { segments, .. } | DocumentBlock::Paragraph { segments, .. } => marked(segments),
            DocumentBlock::List { items } => items.iter().any(|item| marked(&item.segments)),
            DocumentBlock::Table { rows, .. } => {
                rows.iter().any(|row| row.cells.iter().any(|cell| marked(&cell.segments)))
            }
        })
    }

    /// Whether the table of contents is worth its space.
    pub fn has_contents(&self) -> bool {
        self.contents.len() > 1
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The list of documents, the page about the service, and errors
// ---------------------------------------------------------------------------------------------------------------------

/// A collection with its documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CollectionView {
    /// The collection's name.
    pub name: String,
    /// Its documents, in the order to show.
    pub documents: Vec<DocumentSummary>,
}

/// `GET /dokument`: every document that the reader may see, by collection.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "documents.html", config = "src/server/web/askama.toml")]
pub struct DocumentsPage {
    /// What every page needs.
    pub frame: Frame,
    /// The collections in the order to show.
    pub collections: Vec<CollectionView>,
}

impl DocumentsPage {
    /// How many documents there are.
    pub fn total(&self) -> usize {
        self.collections.iter().map(|collection| collection.documents.len()).sum()
    }
}

/// `GET /om`: what the service is, that answers are made by AI, and how to use it.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "about.html", config = "src/server/web/askama.toml")]
pub struct AboutPage {
    /// What every page needs.
    pub frame: Frame,
    /// The model that composes answers; `None` when composing is off.
    pub generator: Option<String>,
    /// How many documents are indexed.
    pub documents: usize,
    /// When the index was last updated, as an ISO date.
    pub indexed_on: Option<String>,
    /// Whom to ask about the service; may hold a phone number.
    pub contact: Option<String>,
}

impl AboutPage {
    /// The day of the index, written out.
    pub fn indexed_text(&self) -> String {
        self.indexed_on.as_deref().map(swedish_date).unwrap_or_default()
    }

    /// The contact with its phone numbers apart.
    pub fn contact_parts(&self) -> Vec<TextPart> {
        self.contact.as_deref().map(phone_parts).unwrap_or_default()
    }
}

/// Any error that a person sees as a page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "error.html", config = "src/server/web/askama.toml")]
pub struct ErrorPage {
    /// What every page needs.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in one line.
    pub title: String,
    /// What it means and what to do.
    pub message: String,
}

impl ErrorPage {
    /// The page for a status, in Swedish; section [`Section::Elsewhere`] suits its frame.
    pub fn for_status(frame: Frame, status: u16) -> Self {
        let (title, message) = match status {
            404 => (
                "Sidan finns inte",
                "Länken är gammal eller felskriven, eller så har dokumentet tagits bort. Sök efter rutinen i stället.",
            ),
            400 | 413 | 422 => {
                ("Frågan gick inte att läsa", "Den är för lång eller har fel form. Skriv om den kortare.")
            }
            403 => ("Du har inte behörighet", "Dokumentet hör till en samling som du inte får läsa. Fråga din chef."),
            429 => ("För många frågor på en gång", "Vänta en liten stund och försök sedan igen."),
            503 => ("Tjänsten är inte redo", "Den startar eller har mycket att göra. Försök igen om en liten stund."),
            _ => (
                "Något gick fel hos oss",
                "Felet är antecknat. Försök igen. Är det bråttom: läs rutinen i dokumentlistan eller ring ansvarig chef.",
            ),
        };
        Self { frame, status, title: title.to_owned(), message: message.to_owned() }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Small tools
// ---------------------------------------------------------------------------------------------------------------------

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];

/// Writes an ISO date the Swedish way, `1 april 2025`; any other text is given back as it is.
pub fn swedish_date(text: &str) -> String {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return text.to_owned();
    };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return text.to_owned();
    }
    match (month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))), day.parse::<u8>()) {
        (Some(month), Ok(day @ 1..=31)) => format!("{day}\u{a0}{month} {year}"),
        _ => text.to_owned(),
    }
}

/// Percent-encodes a text for use in an address, as a path segment or a query value.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Address of the ask page with a question in it.
pub fn ask_url(question: &str) -> String {
    format!("/?q={}", encode(question))
}

/// Address of a document opened at a span of a passage.
pub fn passage_url(id: &str, passage: &str, span: SpanView) -> String {
    format!("/dokument/{}?stycke={}&fran={}&till={}#traff", encode(id), encode(passage), span.start, span.end)
}

/// Address of the file that a document was read from.
pub fn original_url(id: &str) -> String {
    format!("/api/v1/documents/{}/original", encode(id))
}

/// The way back from a document, given the path and query of the page that led to it (from `Referer`, same origin only).
pub fn back_link(from: Option<&str>) -> LinkView {
    let link = |url: &str, text: &str| LinkView { url: url.to_owned(), text: text.to_owned() };
    match from {
        Some(from) if from.starts_with("/?q=") => link(from, "Till svaret"),
        Some(from) if from.starts_with("/sok?") => link(from, "Till sökningen"),
        Some("/dokument") => link("/dokument", "Alla dokument"),
        _ => link("/", "Fråga"),
    }
}

/// Headings and page on one line: `4 Ansvar › 4.2 Delegering, sida 3`.
pub fn place(heading_path: &[String], page: Option<u32>) -> String {
    let mut text = heading_path.join(" › ");
    if let Some(page) = page {
        text.push_str(if text.is_empty() { "Sida " } else { ", sida " });
        let _ = write!(text, "{page}");
    }
    text
}

/// How to refer to a passage in a journal: title, case number, heading and page.
pub fn reference(document: &DocumentSummary, heading_path: &[String], page: Option<u32>) -> String {
    let mut text = document.title.clone();
    if let Some(number) = &document.case_number {
        let _ = write!(text, " ({number})");
    }
    if let Some(heading) = heading_path.last() {
        let _ = write!(text, ", ”{heading}”");
    }
    if let Some(page) = page {
        let _ = write!(text, ", s. {page}");
    }
    if let Some(date) = &document.valid_from {
        let _ = write!(text, ", gäller från {date}");
    }
    text
}

/// Cuts a text into marked and plain segments; ranges are in characters, may overlap and may reach past the end.
pub fn segments(text: &str, marks: &[(usize, usize)]) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for (index, character) in text.chars().enumerate() {
        let marked = marks.iter().any(|&(start, end)| (start..end).contains(&index));
        match out.last_mut() {
            Some(last) if last.marked == marked => last.text.push(character),
            _ => out.push(Segment { text: character.to_string(), marked, anchor: false }),
        }
    }
    out
}

// A number with an area code or a country code, or one of the short numbers that all of Sweden can call. Its edges and its
// count of digits are checked in code. `static/shared.js` has the same rules.
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:\+46[ \u{a0}]?(?:\(0\)[ \u{a0}]?)?\d{1,3}|0\d{1,3})(?:[ \u{a0}]?[-–/][ \u{a0}]?|[ \u{a0}])",
        r"\d{2,3}(?:[ \u{a0}]?\d{2,3}){1,3}",
        r"|07[02369]\d{7}|\+46\d{7,9}",
        r"|112|1177|113[ \u{a0}]?13|114[ \u{a0}]?14|116[ \u{a0}]?117",
    ))
    .ok()
});

/// Cuts a text at its Swedish phone numbers: `0980-31 92 21`, `070-123 45 67`, `+46 8 123 456 78`, `112`, `1177`.
pub fn phone_parts(text: &str) -> Vec<TextPart> {
    let mut out = Vec::new();
    let mut from = 0;
    let found = PHONE.as_ref().map(|regex| regex.find_iter(text).collect::<Vec<_>>()).unwrap_or_default();
    for hit in found {
        let (before, after) = (&text[..hit.start()], &text[hit.end()..]);
        if let Some(tel) = dialled(hit.as_str(), before, after) {
            if from < hit.start() {
                out.push(TextPart { text: text[from..hit.start()].to_owned(), tel: None });
            }
            out.push(TextPart { text: hit.as_str().to_owned(), tel: Some(tel) });
            from = hit.end();
        }
    }
    if from < text.len() {
        out.push(TextPart { text: text[from..].to_owned(), tel: None });
    }
    out
}

/// The `tel:` address of a number, unless what stands around it shows that it is something else.
fn dialled(number: &str, before: &str, after: &str) -> Option<String> {
    let glued = |character: char| character.is_alphanumeric();
    if before.chars().next_back().is_some_and(|last| glued(last) || "/-–+§".contains(last)) {
        return None;
    }
    let mut next = after.chars();
    let first = next.next();
    let second = next.next();
    // `0980-31 92 21-25` is a number still; `112-2024`, `112,50` and `112/19` are not.
    if first.is_some_and(glued) {
        return None;
    }
    if first.is_some_and(|first| ".,:/-–".contains(first)) && second.is_some_and(|second| second.is_ascii_digit()) {
        return None;
    }
    let digits: String = number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if digits.len() <= 6 {
        // A short number: not when it counts something or names a paragraph or page.
        let rest = after.trim_start_matches([' ', '\u{a0}']).to_lowercase();
        let unit = ["§", "kr", "%", "procent", "kap", "mg", "ml", "st ", "dagar", "timmar", "minuter", "personer"];
        if unit.iter().any(|unit| rest.starts_with(unit)) {
            return None;
        }
        let lead = before.trim_end_matches([' ', '\u{a0}']);
        if ["§", "sid", "sida", "s.", "nr", "kap."].iter().any(|word| lead.ends_with(word)) {
            return None;
        }
        return Some(format!("tel:{digits}"));
    }
    if number.starts_with('+') {
        return (9..=12).contains(&digits.len()).then(|| format!("tel:+{digits}"));
    }
    (8..=10).contains(&digits.len()).then(|| format!("tel:{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<String> {
        let parts = phone_parts(text);
        assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
        parts.into_iter().filter_map(|part| part.tel).collect()
    }

    #[test]
    fn finds_swedish_phone_numbers() {
        assert_eq!(numbers("Ring 0980-31 92 21 eller 112."), ["tel:0980319221", "tel:112"]);
        assert_eq!(numbers("Växel: 08-508 000 00, mobil 070-123 45 67"), ["tel:0850800000", "tel:0701234567"]);
        assert_eq!(numbers("+46 8 123 456 78 och +46 (0)70 123 45 67"), ["tel:+46812345678", "tel:+46701234567"]);
        assert_eq!(numbers("Polisen 114 14, vården 1177"), ["tel:11414", "tel:1177"]);
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "SN 2025/0134",
            "2025-04-01",
            "kl. 08.00–16.00",
            "112 kronor",
            "§ 112",
            "sida 112",
            "1112",
            "112,50",
            "20010203-1234",
            "010203-1234",
            "0 minuter",
        ] {
            assert_eq!(numbers(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn writes_dates() {
        assert_eq!(swedish_date("2025-04-01"), "1\u{a0}april 2025");
        assert_eq!(swedish_date("2025-13-01"), "2025-13-01");
        assert_eq!(swedish_date("tills vidare"), "tills vidare");
    }

    #[test]
    fn marks_characters_not_bytes() {
        let cut = segments("åäö medicin", &[(4, 11)]);
        assert_eq!(cut, [Segment::plain("åäö "), Segment::marked("medicin")]);
    }

    #[test]
    fn anchors_one_mark() {
        let mut blocks = vec![
            DocumentBlock::Paragraph { segments: vec![Segment::plain("a")], page: None },
            DocumentBlock::Paragraph { segments: vec![Segment::marked("b"), Segment::marked("c")], page: None },
        ];
        assert!(finish_blocks(&mut blocks));
        let DocumentBlock::Paragraph { segments, .. } = &blocks[1] else { panic!("a paragraph") };
        assert_eq!(segments.iter().map(|segment| segment.anchor).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn escapes_what_people_write() {
        let page = AskPage { question: "<script>alert(1)</script>".to_owned(), ..AskPage::default() };
        let html = page.render().unwrap_or_default();
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script>alert"));
    }
}
