//! `GET /dokument/{id}`: a document, opened at the cited passage with the cited words marked.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::{document_links, failure, frame, render};
use crate::index::{DocumentHead, IndexError, PassageRow};
use crate::ingest::passages::Canonical;
use crate::ingest::{Block, BlockKind, Span};
use crate::retrieve::Retriever;
use crate::server::errors::AppError;
use crate::server::present::{self, Presenter};
use crate::server::search::Query as SearchQuery;
use crate::server::sought::SoughtWords;
use crate::server::state::AppState;
use crate::server::views::{
    Cell, ContentsEntry, DocumentBlock, DocumentPage, DocumentSummary, LinkView, ListItemView, MetadataRow, RECOGNISED,
    Row, Section, Segment, back_link, finish_blocks, original_url, reference, segments, swedish_date,
};

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    stycke: Option<String>,
    fran: Option<usize>,
    till: Option<usize>,
    /// What was searched for; its words are marked all over the document.
    sok: Option<String>,
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let assistant = state.assistant();
    let retriever = assistant.retriever();
    let Some(head) = retriever.index().document(&id) else { return failure(&state, &AppError::NotFound) };
    // A link that was cut short still opens the document.
    let parameters = parameters.map(|Query(parameters)| parameters).unwrap_or_default();
    match build(&state, retriever, head, &parameters, back(&headers)) {
        Ok(page) => render(&page),
        Err(error) => failure(&state, &AppError::from(error)),
    }
}

/// Path and query of the page that the reader came from, if it was one of ours.
fn back(headers: &HeaderMap) -> LinkView {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let referer = text(header::REFERER).and_then(|referer| referer.split_once("://"));
    let path = referer.and_then(|(_, rest)| rest.strip_prefix(host)).filter(|_| !host.is_empty());
    back_link(path)
}

fn build(
    state: &AppState,
    retriever: &Retriever,
    head: &DocumentHead,
    parameters: &Parameters,
    back: LinkView,
) -> Result<DocumentPage, IndexError> {
    let index = retriever.index();
    let presenter = Presenter::today(index);
    let document = presenter.summary(head);
    let blocks = index.blocks(head.number)?;
    let cited = match &parameters.stycke {
        Some(id) => index.passages_of(head.number)?.into_iter().find(|row| row.passage.id.as_str() == id),
        None => None,
    };
    let cited_span = mark(cited.as_ref(), parameters);
    let marks = match parameters.sok.as_deref().map(|sought| sought_words(retriever, sought)) {
        Some(sought) => Marks::Sought(sought, cited_span),
        None => Marks::Cited(cited_span),
    };
    let mut view = Body::of(&blocks, &head.title, &marks);
    finish_blocks(&mut view.blocks);
    let reference = cited.map(|row| reference(&document, &row.passage.heading_path, row.passage.page));
    let ending = head.place.rsplit('.').next().unwrap_or_default().to_uppercase();
    Ok(DocumentPage {
        frame: frame(state, Section::Documents),
        metadata: metadata(head, &document),
        links: document_links::shown(index, head, presenter)?,
        contents: view.contents,
        blocks: view.blocks,
        original: Some(LinkView { url: original_url(head.id.as_str()), text: format!("Originalet ({ending})") }),
        back,
        recognised: recognised(head),
        searched: parameters.sok.clone().unwrap_or_default(),
        printed_on: swedish_date(&present::today().to_string()),
        reference,
        document,
    })
}

/// The words of a search as the search understands them.
fn sought_words<'a>(retriever: &'a Retriever, sought: &str) -> SoughtWords<'a> {
    let (index, lexicon) = (retriever.index(), retriever.lexicon());
    let Ok(query) = SearchQuery::parse(sought) else { return SoughtWords::of_text("", &[], index.analyser()) };
    let text = query.question().as_str();
    let meant = index.as_meant(text, |word| lexicon.knows(word));
    SoughtWords::of_text(meant.as_deref().unwrap_or(text), query.phrases(), index.analyser())
}

/// What is marked in a document.
enum Marks<'a> {
    /// The cited stretch of the text.
    Cited(Option<Span>),
    /// The words of a search; the page opens at the first of them in the stretch.
    Sought(SoughtWords<'a>, Option<Span>),
}

impl Marks<'_> {
    /// A block's text with its marks.
    fn segments(&self, text: &str, span: Span) -> Vec<Segment> {
        match self {
            Self::Cited(mark) => marked(text, span, *mark),
            Self::Sought(sought, opened) => {
                let mut out = segments(text, &sought.ranges(text));
                if opened.is_some_and(|opened| overlaps(opened, span))
                    && let Some(first) = out.iter_mut().find(|segment| segment.marked)
                {
                    first.anchor = true;
                }
                out
            }
        }
    }

    /// A cell's text with its marks; a row is cited as a whole.
    fn cell(&self, text: &str, row: Span) -> Vec<Segment> {
        match self {
            _ if text.is_empty() => Vec::new(),
            Self::Cited(mark) if mark.is_some_and(|mark| overlaps(mark, row)) => vec![Segment::marked(text)],
            Self::Cited(_) => vec![Segment::plain(text)],
            Self::Sought(..) => self.segments(text, row),
        }
    }
}

/// The cited words; the whole passage when the link names no words or words outside of it (the document has changed).
fn mark(cited: Option<&PassageRow>, parameters: &Parameters) -> Option<Span> {
    let passage = cited?.passage.span;
    match (parameters.fran, parameters.till) {
        (Some(start), Some(end)) if start < end && start >= passage.start && end <= passage.end => {
            Some(Span { start, end })
        }
        _ => Some(passage),
    }
}

fn metadata(head: &DocumentHead, document: &DocumentSummary) -> Vec<MetadataRow> {
    let metadata = &head.metadata;
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let rows = [
        ("Dokumenttyp", metadata.document_type.clone()),
        ("Diarienummer", metadata.case_number.clone()),
        ("Beslutad av", metadata.decided_by.clone()),
        ("Beslutsdatum", date(metadata.decided_on)),
        ("Dokumentansvarig", metadata.owner.clone()),
        ("Gäller från", document.valid_from.clone()),
        ("Gäller till", document.valid_until.clone()),
        ("Revideras senast", document.review_due.clone()),
        ("Gäller för", metadata.applies_to.clone()),
        ("Ersätter", metadata.replaces.clone()),
        ("Samling", metadata.collection.clone()),
        ("Informationsklass", metadata.classification.clone()),
    ];
    rows.into_iter().filter_map(|(label, value)| value.map(|value| MetadataRow::new(label, &value))).collect()
}

/// That all or some of the pages were read from pictures, and which; `None` if none were.
fn recognised(head: &DocumentHead) -> Option<String> {
    let pages: Vec<String> = head.ocr.iter().map(|recognised| recognised.page.to_string()).collect();
    let all = head.pages.is_some_and(|count| count as usize == pages.len());
    let which = match pages.as_slice() {
        [] => return None,
        _ if all => String::new(),
        [page] => format!(" (sida {page})"),
        [first @ .., last] => format!(" (sida {} och {last})", first.join(", ")),
    };
    Some(format!("{RECOGNISED}{which}. Jämför med originalet."))
}

/// The text as the page shows it: neighbouring items and rows are joined, page numbers stand where pages begin.
struct Body {
    blocks: Vec<DocumentBlock>,
    contents: Vec<ContentsEntry>,
    last_page: Option<u32>,
}

impl Body {
    fn of(blocks: &[Block], title: &str, marks: &Marks<'_>) -> Self {
        let canonical = Canonical::of(blocks);
        let mut out = Self { blocks: Vec::new(), contents: Vec::new(), last_page: None };
        for (index, (block, span)) in blocks.iter().zip(&canonical.spans).enumerate() {
            // The title stands above the page already.
            let is_title = matches!(block.kind, BlockKind::Heading { .. }) && block.text == title && index < 3;
            if !is_title {
                out.add(block, index, *span, marks);
            }
        }
        out
    }

    fn add(&mut self, block: &Block, index: usize, span: Span, marks: &Marks<'_>) {
        let segments = marks.segments(&block.text, span);
        let page = block.page.filter(|page| self.last_page != Some(*page));
        self.last_page = block.page.or(self.last_page);
        match &block.kind {
            BlockKind::Heading { level } => {
                let id = format!("avsnitt-{index}");
                self.contents.push(ContentsEntry { level: *level, id: id.clone(), text: block.text.clone() });
                self.blocks.push(DocumentBlock::Heading { level: *level, id, segments, page });
            }
            BlockKind::Paragraph => self.blocks.push(DocumentBlock::Paragraph { segments, page }),
            BlockKind::ListItem { depth, marker } => {
                let item = ListItemView { marker: marker.clone(), depth: *depth, segments, page };
                match self.blocks.last_mut() {
                    Some(DocumentBlock::List { items }) => items.push(item),
                    _ => self.blocks.push(DocumentBlock::List { items: vec![item] }),
                }
            }
            BlockKind::TableRow { columns, cells } => {
                let cell = |text: &String| Cell { segments: marks.cell(text, span) };
                let row = Row { cells: cells.iter().map(cell).collect() };
                match self.blocks.last_mut() {
                    Some(DocumentBlock::Table { columns: shown, rows, .. }) if shown == columns => rows.push(row),
                    _ => self.blocks.push(DocumentBlock::Table { columns: columns.clone(), rows: vec![row], page }),
                }
            }
        }
    }
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// The block's text with the part that the mark covers.
fn marked(text: &str, span: Span, mark: Option<Span>) -> Vec<Segment> {
    let Some(mark) = mark.filter(|mark| overlaps(*mark, span)) else { return segments(text, &[]) };
    let start = mark.start.max(span.start) - span.start;
    let end = mark.end.min(span.end) - span.start;
    segments(text, &[(start, end)])
}
