//! How do the other rooms' results become what pages and the API show?

use jiff::civil::Date;

use super::sought::SoughtWords;
use super::views::{
    AnswerView, DangerView, DisagreementView, DocumentSummary, EmergencyNumberView, LinkView, OverviewDocumentView,
    OverviewView, QuoteView, RefusalView, SearchHit, SearchPassage, SentenceStatus, SentenceView, SpanView, Standing,
    SupersededBy, VersionView, document_url,
};
use crate::answer::{
    self, Answer, CheckedSentence, Danger, DocumentReference, Overview, Precedence, Quote, Refusal, RefusalKind,
};
use crate::index::{DocumentHead, Index, IndexError};
use crate::ingest;
use crate::retrieve::{Hit, Ranked};

/// Passages shown of one document.
const PASSAGES_OF_A_DOCUMENT: usize = 3;

pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}

fn standing(standing: ingest::Standing) -> Standing {
    match standing {
        ingest::Standing::Valid => Standing::Valid,
        ingest::Standing::ReviewOverdue => Standing::ReviewOverdue,
        ingest::Standing::Upcoming => Standing::Upcoming,
        ingest::Standing::Expired => Standing::Expired,
        ingest::Standing::Superseded => Standing::Superseded,
    }
}

/// Shows what was found in one generation of the index, on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presenter<'a> {
    index: &'a Index,
    today: Date,
}

impl<'a> Presenter<'a> {
    /// As things stand today. `index` is the one that what is shown was found in.
    pub(super) fn today(index: &'a Index) -> Self {
        Self { index, today: today() }
    }

    pub(super) fn summary(self, head: &DocumentHead) -> DocumentSummary {
        self.reference(&DocumentReference::of(head, head.metadata.validity.standing(self.today)))
    }

    fn reference(self, document: &DocumentReference) -> DocumentSummary {
        let date = |date: Option<Date>| date.map(|date| date.to_string());
        let head = self.index.document(&document.id);
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
            superseded_by: head.and_then(|head| self.superseded_by(head)),
            versions: head.map(|head| self.versions(head)).unwrap_or_default(),
        }
    }

    fn superseded_by(self, head: &DocumentHead) -> Option<SupersededBy> {
        let superseded = head.versions.superseded(self.today)?;
        let newer = self.index.document_by_number(superseded.by)?;
        Some(SupersededBy {
            id: newer.id.to_string(),
            title: newer.title.clone(),
            url: document_url(newer.id.as_str()),
            standing: standing(newer.metadata.validity.standing(self.today)),
            since: superseded.since.map(|date| date.to_string()),
            at_once: superseded.at_once,
        })
    }

    fn versions(self, head: &DocumentHead) -> Vec<VersionView> {
        let newer = head.versions.newer.iter().map(|newer| (newer.by, true));
        let all = newer.chain(head.versions.older.iter().map(|older| (*older, false)));
        let view = |(number, newer)| {
            let head = self.index.document_by_number(number)?;
            let validity = &head.metadata.validity;
            Some(VersionView {
                id: head.id.to_string(),
                title: head.title.clone(),
                url: document_url(head.id.as_str()),
                newer,
                standing: standing(validity.standing(self.today)),
                valid_from: validity.from.map(|date| date.to_string()),
                valid_until: validity.until.map(|date| date.to_string()),
            })
        };
        all.filter_map(view).collect()
    }

    fn quote(self, quote: &Quote) -> Result<QuoteView, IndexError> {
        let head = self.index.document(&quote.document.id);
        let ocr_confidence = head.map(|head| self.index.ocr_confidence(head, quote.span)).transpose()?.flatten();
        Ok(QuoteView {
            number: Some(quote.number as u32),
            text: quote.text.clone(),
            before: quote.before.clone(),
            document: self.reference(&quote.document),
            heading_path: headings(&quote.heading_path, &quote.document.title),
            page: quote.page,
            passage: quote.passage.clone(),
            ocr_confidence,
            span: SpanView { start: quote.span.start, end: quote.span.end },
            url: quote.url.clone(),
        })
    }

    pub(super) fn quotes(self, answer: &Answer) -> Result<Vec<QuoteView>, IndexError> {
        answer.evidence.quotes.iter().map(|quote| self.quote(quote)).collect()
    }

    pub(super) fn refusal(self, refusal: &Refusal) -> RefusalView {
        let nearest = refusal.nearest.iter().map(|near| QuoteView {
            number: None,
            text: near.text.clone(),
            before: String::new(),
            document: self.reference(&near.document),
            heading_path: headings(&near.heading_path, &near.document.title),
            page: near.page,
            passage: near.passage.clone(),
            ocr_confidence: self.index.document(&near.document.id).and_then(|head| of_page(head, near.page)),
            span: SpanView { start: 0, end: 0 },
            url: near.url.clone(),
        });
        RefusalView {
            kind: kind_name(refusal.kind).to_owned(),
            looked_for: refusal.looked_for.clone(),
            message: refusal.message.clone(),
            detail: refusal.detail.clone(),
            contact: refusal.contact.clone(),
            nearest: nearest.collect(),
        }
    }

    pub(super) fn answer(self, answer: &Answer) -> Result<AnswerView, IndexError> {
        Ok(AnswerView {
            quotes: self.quotes(answer)?,
            disagreements: disagreements(answer),
            sentences: sentences(answer),
        })
    }

    pub(super) fn overview(self, overview: &Overview) -> OverviewView {
        let section =
            |section: &answer::OverviewSection| LinkView { url: section.url.clone(), text: section.heading.clone() };
        let documents = overview.documents.iter().map(|entry| OverviewDocumentView {
            document: self.reference(&entry.document),
            sections: entry.sections.iter().map(section).collect(),
        });
        OverviewView { subject: overview.subject.clone(), documents: documents.collect() }
    }

    /// Hits grouped by document, each with its best passages.
    pub(super) fn search_hits(
        self,
        ranked: &Ranked,
        phrases: &[Vec<String>],
        limit: usize,
    ) -> Result<Vec<SearchHit>, IndexError> {
        let mut hits: Vec<SearchHit> = Vec::new();
        let sought = SoughtWords::of(&ranked.analysed, phrases, self.index.analyser());
        for hit in &ranked.hits {
            let count = hits.len();
            match hits.iter_mut().find(|shown| shown.document.id == hit.document.id.as_str()) {
                Some(shown) if shown.passages.len() < PASSAGES_OF_A_DOCUMENT => {
                    shown.passages.push(self.search_passage(hit, &sought)?);
                }
                None if count < limit => hits.push(SearchHit {
                    score: hit.score,
                    document: self.reference(&DocumentReference::of(&hit.document, hit.standing)),
                    passages: vec![self.search_passage(hit, &sought)?],
                }),
                // Enough passages of the document, or enough documents.
                Some(_) | None => {}
            }
        }
        Ok(hits)
    }

    fn search_passage(self, hit: &Hit, sought: &SoughtWords<'_>) -> Result<SearchPassage, IndexError> {
        let passage = &hit.row.passage;
        Ok(SearchPassage {
            passage: passage.id.to_string(),
            heading_path: headings(&passage.heading_path, &hit.document.title),
            page: passage.page,
            ocr_confidence: self.index.ocr_confidence(&hit.document, passage.span)?,
            highlights: sought.ranges(&passage.text),
            text: passage.text.clone(),
            url: answer::passage_url(&hit.document, passage.id.as_str(), Some(passage.span)),
        })
    }
}

fn kind_name(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Silent => "silent",
        RefusalKind::Person => "person",
        RefusalKind::Judgement => "judgement",
        RefusalKind::OffTopic => "off_topic",
    }
}

pub(super) fn danger(danger: &Danger) -> DangerView {
    let numbers = danger.numbers.iter().map(|number| EmergencyNumberView::new(&number.number, &number.label));
    DangerView { message: danger.message.clone(), detail: danger.detail.clone(), numbers: numbers.collect() }
}

pub(super) fn disagreements(answer: &Answer) -> Vec<DisagreementView> {
    let view = |told: &answer::Disagreement| DisagreementView {
        first: told.first as u32,
        second: told.second as u32,
        precedence: match told.precedence {
            Precedence::Unit => "unit",
            Precedence::Newer => "newer",
            Precedence::Open => "open",
        }
        .to_owned(),
        explanation: told.explanation.clone(),
    };
    answer.disagreements.iter().map(view).collect()
}

/// The title stands beside the headings already.
fn headings(path: &[String], title: &str) -> Vec<String> {
    path.iter().filter(|heading| heading.as_str() != title).cloned().collect()
}

fn of_page(head: &DocumentHead, page: Option<u32>) -> Option<f32> {
    head.ocr.iter().find(|recognised| Some(recognised.page) == page).map(|recognised| recognised.confidence)
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
