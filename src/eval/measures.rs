//! Which metrics are there, what are they called, and which way is better?
//!
//! The names are those of the reports' JSON.

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    Higher,
    /// Less of it.
    Lower,
}

/// A metric that questions are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// In JSON.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// Which way is better.
    pub better: Better,
}

const fn higher(name: &'static str, label: &'static str) -> Measure {
    Measure { name, label, better: Better::Higher }
}

const fn lower(name: &'static str, label: &'static str) -> Measure {
    Measure { name, label, better: Better::Lower }
}

/// All metrics in the order in which they are shown.
pub const MEASURES: [Measure; 20] = [
    higher("ndcg_at_10", "nDCG@10"),
    higher("recall_at_1", "recall@1"),
    higher("recall_at_5", "recall@5"),
    higher("recall_at_20", "recall@20"),
    higher("mrr_at_10", "MRR@10"),
    higher("map", "MAP"),
    higher("success_at_5", "success@5"),
    higher("needs_recall_at_5", "recall@5 of needs"),
    higher("needs_ndcg_at_10", "nDCG@10 of needs"),
    higher("handled_right", "answered or refused rightly"),
    higher("right_refusals", "right refusals (recall)"),
    lower("wrong_refusals", "wrong refusals"),
    higher("refusal_precision", "precision of refusals"),
    higher("quotes_right", "a quote holds a gold place"),
    higher("fact_recall_quotes", "fact recall, quotes"),
    higher("fact_recall_answer", "fact recall, composed answer"),
    higher("citations_hold", "citations that hold"),
    lower("unsupported_sentences", "model's sentences not shown"),
    lower("states_forbidden", "states something wrong"),
    lower("confidence_error", "squared error of the confidence"),
];

/// The metric of a name.
pub fn measure(name: &str) -> Option<Measure> {
    MEASURES.into_iter().find(|measure| measure.name == name)
}
