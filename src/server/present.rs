//! How do the other rooms' results become what pages and the API show?

use jiff::civil::Date;

use super::views::{
    AnswerView, DocumentSummary, QuoteView, RefusalView, SearchHit, SearchPassage, SentenceStatus, SentenceView,
    SpanView, Standing,
};
use crate::answer::{self, Answer, CheckedSentence, DocumentReference, Quote, Refusal};
use crate::index::DocumentHead;
use crate::ingest;
use crate::language::{character_grams, stem, words};
use crate::retrieve::{Analysed, Hit, Ranked};

/// Passages shown of one document.
const PASSAGES_OF_A_DOCUMENT: usize = 3;
/// Share of a long word's groups of characters that must be shared for it to be marked as a compound's part.
const SIMILAR: f32 = 0.6;

pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}

pub(super) fn standing(standing: ingest::Standing) -> Standing {
    match standing {
        ingest::Standing::Valid => Standing::Valid,
        ingest::Standing::ReviewOverdue => Standing::ReviewOverdue,
        ingest::Standing::Upcoming => Standing::Upcoming,
        ingest::Standing::Expired => Standing::Expired,
    }
}

pub(super) fn summary(head: &DocumentHead, today: Date) -> DocumentSummary {
    reference(&DocumentReference::of(head, head.metadata.validity.standing(today)))
}

fn reference(document: &DocumentReference) -> DocumentSummary {
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    DocumentSummary {
        id: document.id.clone(),
        title: document.title.clone(),
        document_type: document.document_type.clone(),
        owner: document.owner.clone(),
        collection: document.collection.clone(),
        case_number: document.case_number.clone(),
        standing: standing(document.standing),
        valid_from: date(document.valid_from),
        valid_until: date(document.valid_until),
        review_due: date(document.review_due),
        applies_to: document.applies_to.clone(),
    }
}

fn quote(quote: &Quote) -> QuoteView {
    QuoteView {
        number: Some(quote.number as u32),
        text: quote.text.clone(),
        before: quote.before.clone(),
        document: reference(&quote.document),
        heading_path: headings(&quote.heading_path, &quote.document.title),
        page: quote.page,
        passage: quote.passage.clone(),
        span: SpanView { start: quote.span.start, end: quote.span.end },
        url: quote.url.clone(),
    }
}

/// The title stands beside the headings already.
fn headings(path: &[String], title: &str) -> Vec<String> {
    path.iter().filter(|heading| heading.as_str() != title).cloned().collect()
}

pub(super) fn quotes(answer: &Answer) -> Vec<QuoteView> {
    answer.evidence.quotes.iter().map(quote).collect()
}

pub(super) fn refusal(refusal: &Refusal) -> RefusalView {
    let nearest = refusal.nearest.iter().map(|near| QuoteView {
        number: None,
        text: near.text.clone(),
        before: String::new(),
        document: reference(&near.document),
        heading_path: headings(&near.heading_path, &near.document.title),
        page: near.page,
        passage: near.passage.clone(),
        span: SpanView { start: 0, end: 0 },
        url: near.url.clone(),
    });
    RefusalView {
        message: refusal.message.clone(),
        detail: refusal.detail.clone(),
        contact: refusal.contact.clone(),
        nearest: nearest.collect(),
    }
}

pub(super) fn sentence(sentence: &CheckedSentence) -> SentenceView {
    SentenceView {
        text: sentence.text.clone(),
        citations: sentence.citations.iter().map(|number| *number as u32).collect(),
        status: match sentence.status {
            answer::SentenceStatus::Supported => SentenceStatus::Supported,
            answer::SentenceStatus::Quoted => SentenceStatus::Quoted,
        },
    }
}

pub(super) fn sentences(answer: &Answer) -> Option<Vec<SentenceView>> {
    answer.composed.as_ref().map(|composed| composed.sentences.iter().map(sentence).collect())
}

pub(super) fn answer(answer: &Answer) -> AnswerView {
    AnswerView { quotes: quotes(answer), sentences: sentences(answer) }
}

/// Hits grouped by document, each with its best passages.
pub(super) fn search_hits(ranked: &Ranked, limit: usize) -> Vec<SearchHit> {
    let mut hits: Vec<SearchHit> = Vec::new();
    for hit in &ranked.hits {
        let count = hits.len();
        match hits.iter_mut().find(|shown| shown.document.id == hit.document.id.as_str()) {
            Some(shown) if shown.passages.len() < PASSAGES_OF_A_DOCUMENT => {
                shown.passages.push(search_passage(hit, &ranked.analysed));
            }
            None if count < limit => hits.push(SearchHit {
                score: hit.score,
                document: reference(&DocumentReference::of(&hit.document, hit.standing)),
                passages: vec![search_passage(hit, &ranked.analysed)],
            }),
            // Enough passages of the document, or enough documents.
            Some(_) | None => {}
        }
    }
    hits
}

fn search_passage(hit: &Hit, question: &Analysed) -> SearchPassage {
    let passage = &hit.row.passage;
    SearchPassage {
        passage: passage.id.to_string(),
        heading_path: headings(&passage.heading_path, &hit.document.title),
        page: passage.page,
        highlights: highlights(&passage.text, question),
        text: passage.text.clone(),
        url: answer::passage_url(&hit.document, passage.id.as_str(), Some(passage.span)),
    }
}

/// Character ranges of the words that the question has too, inflected or as part of a compound.
fn highlights(text: &str, question: &Analysed) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let (mut byte, mut character) = (0, 0);
    for word in words(text) {
        let similar = |asked: &String| {
            let (asked, there) = (character_grams(asked), character_grams(&word.text));
            let shared = asked.iter().filter(|gram| there.contains(gram)).count();
            asked.len() > 2 && shared as f32 >= SIMILAR * asked.len() as f32
        };
        if question.stems.contains(&stem(&word.text)) || question.content_words.iter().any(similar) {
            character += text[byte..word.start].chars().count();
            let length = text[word.start..word.end].chars().count();
            out.push((character, character + length));
            character += length;
            byte = word.end;
        }
    }
    out
}
