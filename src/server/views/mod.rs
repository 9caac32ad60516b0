//! What does each page show?
//!
//! The page structs that the handlers fill and askama renders: plain owned data, no knowledge of the other rooms of the
//! house. [`DocumentSummary`], [`QuoteView`], [`RefusalView`], [`SentenceView`] and [`SearchHit`] serialize to the JSON
//! that the API promises, so that a page without JavaScript and a page with it show the same thing.
//! Not here: how the data is found (the handlers), or how the pages look (`web/`).

mod ask;
mod compare;
mod danger;
mod document;
mod documents;
mod links;
mod overview;
mod pages;
mod quotes;
mod search;
mod text;

pub use ask::{
    AnswerView, AskPage, AskState, AtHandView, Chip, DisagreementView, OPEN_QUOTES, RefusalView, SentenceStatus,
    SentenceView,
};
pub use compare::{ChangedLine, ComparePage, ComparePart};
pub use danger::{DangerView, EmergencyNumberView};
pub use document::{Cell, ContentsEntry, DocumentBlock, DocumentPage, ListItemView, MetadataRow, Row, finish_blocks};
pub use documents::{CollectionView, DocumentSummary, DocumentsPage, Standing, SupersededBy, VersionView, reference};
pub use links::{DocumentLink, LinkView, ask_url, back_link, compare_url, document_url, encode, original_url};
pub use overview::{OverviewDocumentView, OverviewView};
pub use pages::{AboutPage, ErrorPage, Frame, OfflinePage, Section, ThanksPage};
pub use quotes::{QuoteView, RECOGNISED, SpanView, passage_url};
pub use search::{Choice, Facet, SearchHit, SearchPage, SearchPassage};
pub use text::{Segment, TextPart, phone_parts, place, segments, swedish_date};
