//! What is shown of one question.

use serde::Deserialize;

use super::plots::{decimal, percent};
use crate::answer::Outcome;
use crate::eval::{FoundPassage, QuestionResult};

/// A question with everything that came of it.
pub(super) struct QuestionView<'a> {
    pub(super) result: &'a QuestionResult,
    pub(super) right: bool,
    pub(super) wanted: &'static str,
    pub(super) came: &'static str,
    pub(super) confidence: String,
    pub(super) ndcg: Option<String>,
    pub(super) gold: Vec<GoldView<'a>>,
    pub(super) passages: Vec<PassageView<'a>>,
    pub(super) shown: Shown,
    /// Times and facts.
    pub(super) notes: String,
}

/// A place that answers.
pub(super) struct GoldView<'a> {
    pub(super) need: usize,
    pub(super) instead: bool,
    pub(super) document: &'a str,
    pub(super) quote: &'a str,
    /// Rank of the first passage that meets the need.
    pub(super) rank: Option<usize>,
}

/// A passage with its scores.
pub(super) struct PassageView<'a> {
    pub(super) rank: usize,
    pub(super) passage: &'a FoundPassage,
    pub(super) headings: String,
    /// Fused, vector, nearest unit, stems, groups of characters, reranker.
    pub(super) scores: Vec<String>,
    pub(super) meets: String,
}

/// What is read of an answer; it is kept as the JSON that the API sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    pub(super) evidence: Quotes,
    pub(super) refusal: Option<Refusal>,
    pub(super) composed: Option<Composed>,
    pub(super) notice: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Quotes {
    pub(super) quotes: Vec<Quote>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Quote {
    pub(super) number: usize,
    pub(super) before: String,
    pub(super) text: String,
    pub(super) document: Document,
    pub(super) heading_path: Vec<String>,
    score: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) title: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) nearest: Vec<Nearest>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Nearest {
    pub(super) text: String,
    pub(super) document: Document,
}

#[derive(Debug, Deserialize)]
pub(super) struct Composed {
    pub(super) sentences: Vec<Sentence>,
    rejected: Vec<(String, serde_json::Value)>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sentence {
    pub(super) text: String,
    citations: Vec<usize>,
    status: String,
}

impl Quote {
    pub(super) fn place(&self) -> String {
        let headings = self.heading_path.iter().filter(|heading| **heading != self.document.title);
        std::iter::once(&self.document.title).chain(headings).map(String::as_str).collect::<Vec<_>>().join(" › ")
    }

    pub(super) fn score(&self) -> String {
        decimal(self.score, 2)
    }
}

impl Composed {
    /// What was not shown, each with the reason's name.
    pub(super) fn rejected(&self) -> Vec<(&str, String)> {
        let reason = |fault: &serde_json::Value| match (&fault["kind"], &fault["detail"]) {
            (kind, serde_json::Value::Null) => kind.as_str().unwrap_or_default().to_owned(),
            (kind, detail) => format!("{} {detail}", kind.as_str().unwrap_or_default()),
        };
        self.rejected.iter().map(|(text, fault)| (text.as_str(), reason(fault))).collect()
    }
}

impl Sentence {
    pub(super) fn marks(&self) -> String {
        self.citations.iter().map(|number| format!("[{number}]")).collect::<Vec<_>>().concat()
    }

    pub(super) fn is_quoted(&self) -> bool {
        self.status == "quoted"
    }
}

impl<'a> QuestionView<'a> {
    pub(super) fn of(result: &'a QuestionResult) -> Self {
        let question = &result.question;
        let times = [
            Some(("citat", result.quotes_ms)),
            result.first_sentence_ms.map(|millis| ("första meningen", millis)),
            result.full_answer_ms.map(|millis| ("hela svaret", millis)),
        ];
        let times = times.into_iter().flatten().map(|(what, millis)| format!("{what} {millis} ms"));
        let mut facts = Vec::new();
        if !question.facts.is_empty() {
            facts.push(format!("fakta i citaten {}", percent(result.facts_in_quotes)));
            facts.extend(result.facts_in_answer.map(|share| format!("fakta i sammanfattningen {}", percent(share))));
        }
        if result.states_forbidden {
            facts.push("säger något som är fel".to_owned());
        }
        Self {
            right: result.handled_right(),
            wanted: if question.answerable { "rutinerna svarar" } else { "rutinerna svarar inte" },
            came: match (result.outcome, result.quote_hits_gold) {
                (Outcome::Refused, _) => "avböjd",
                (Outcome::Overview, _) => "översikt",
                (_, true) => "besvarad, citat håller",
                (_, false) if question.answerable => "besvarad, citat bredvid",
                (_, false) => "besvarad",
            },
            confidence: percent(f64::from(result.confidence)),
            ndcg: result.ranking.map(|ranking| decimal(ranking.ndcg_at_10, 2)),
            gold: gold(result),
            passages: result.passages.iter().enumerate().map(|(at, passage)| passage_view(at + 1, passage)).collect(),
            shown: Shown::deserialize(&result.answer).unwrap_or_default(),
            notes: times.chain(facts).collect::<Vec<_>>().join(", "),
            result,
        }
    }

    pub(super) fn tags(&self) -> String {
        self.result.question.tags.join(", ")
    }
}

fn gold(result: &QuestionResult) -> Vec<GoldView<'_>> {
    let all = &result.question.gold;
    let view = |(place, gold): (usize, &'_ crate::eval::Gold)| {
        let stands_for = gold.instead_of.unwrap_or(place);
        let need = all.iter().take(stands_for).filter(|gold| gold.instead_of.is_none()).count();
        (need, gold.instead_of.is_some())
    };
    all.iter()
        .enumerate()
        .map(|(place, gold)| {
            let (need, instead) = view((place, gold));
            let rank = result.passages.iter().position(|passage| passage.meets.contains(&need)).map(|at| at + 1);
            GoldView { need: need + 1, instead, document: &gold.document, quote: &gold.quote, rank }
        })
        .collect()
}

fn passage_view(rank: usize, passage: &FoundPassage) -> PassageView<'_> {
    let headings = passage.heading_path.iter().filter(|heading| **heading != passage.title);
    let number = |value: f32, digits: usize| decimal(f64::from(value), digits);
    PassageView {
        rank,
        headings: headings.map(String::as_str).collect::<Vec<_>>().join(" › "),
        scores: vec![
            number(passage.score, 2),
            number(passage.dense, 3),
            number(passage.units, 3),
            number(passage.stems, 1),
            number(passage.grams, 1),
            passage.reranker.map_or_else(|| "–".to_owned(), |logit| number(logit, 2)),
        ],
        meets: passage.meets.iter().map(|need| (need + 1).to_string()).collect::<Vec<_>>().join(", "),
        passage,
    }
}
