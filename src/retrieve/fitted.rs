//! Which numbers were fitted on development questions?
//!
//! `rutinlots eval fit` writes them to `eval/fitted.json`, which is built into the program.

use serde::{Deserialize, Serialize};

use super::confidence::{Coefficients, Confidence, Features};
use super::fusion::FusionWeights;
use crate::index::FieldWeights;

const BUILT_IN: &str = include_str!("../../eval/fitted.json");

/// Weights and coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Embedding model that they were fitted with. Another one has other cosines, and the numbers do not fit it.
    pub embedder: String,
    /// Weights of the legs.
    pub fusion: FusionWeights,
    /// Weight of a title's words in the lexical legs, a body's being 1.
    pub title_weight: f32,
    /// Weight of a heading's words.
    pub heading_weight: f32,
    /// Weight of the reranker's logit beside the legs' sum.
    pub rerank_weight: f32,
    /// How a unit's score as evidence is made.
    pub evidence: EvidenceWeights,
    /// When to refuse, where the reranker has read the best passages.
    pub reranked: Refusing,
    /// When to refuse without it.
    pub unranked: Refusing,
}

/// What counts when units (sentences, list items, table rows) are picked as evidence, beside their cosine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvidenceWeights {
    /// The share of the question's words that it holds.
    pub words: f32,
    /// The reranker's probability that the answer stands in it.
    pub answers: f32,
    /// How far its passage lies behind the best one, from 0 to 1; taken off.
    pub behind: f32,
    /// That it names another routine, which means that the answer stands there; taken off.
    pub points_elsewhere: f32,
}

/// How a probability is computed and when it is too low.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Refusing {
    /// Coefficients of the confidence.
    pub confidence: Coefficients,
    /// Below this probability a question is refused.
    pub threshold: f32,
    /// What is refused too, whatever the probability: what is about nothing in the routines is unlike the questions that
    /// the probability was fitted on. `None` where nothing asks for it.
    #[serde(default)]
    pub off_topic: Option<OffTopic>,
}

/// Which questions lie so far from every passage that they are about something else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OffTopic {
    /// Those below this closeness ([`Features::closeness`]).
    pub closeness: f32,
    /// But not those that the reranker finds answered at least this surely ([`Features::reranked`]). `None`, without a
    /// reranker: closeness alone decides.
    #[serde(default)]
    pub sure: Option<f32>,
}

impl OffTopic {
    fn holds(self, features: &Features) -> bool {
        let sure = self.sure.is_some_and(|sure| features.reranked() >= sure);
        features.closeness() < self.closeness && !sure
    }
}

impl Refusing {
    /// Whether a question with these features is refused; `confidence` is the probability that they give.
    pub fn refuses(&self, confidence: Confidence, features: &Features) -> bool {
        confidence.0 < self.threshold || self.off_topic.is_some_and(|off_topic| off_topic.holds(features))
    }
}

impl Fitted {
    /// The numbers that the program was built with.
    pub fn built_in() -> Self {
        // The file is part of the program and a test reads it, so this cannot fail where it runs.
        serde_json::from_str(BUILT_IN).unwrap_or_else(|error| {
            tracing::error!(%error, "eval/fitted.json is not valid; plain weights are used");
            Self::plain()
        })
    }

    /// Weights before any fitting.
    pub fn plain() -> Self {
        Self {
            embedder: String::new(),
            fusion: FusionWeights { dense: 1.0, units: 0.5, stems: 0.3, grams: 0.3, document: 0.2 },
            title_weight: 0.5,
            heading_weight: 1.0,
            rerank_weight: 1.0,
            evidence: EvidenceWeights { words: 0.5, answers: 0.5, behind: 0.35, points_elsewhere: 0.4 },
            reranked: Refusing { confidence: Coefficients::plain(), threshold: 0.5, off_topic: None },
            unranked: Refusing { confidence: Coefficients::plain(), threshold: 0.5, off_topic: None },
        }
    }

    /// When to refuse.
    pub fn refusing(&self, reranked: bool) -> &Refusing {
        if reranked { &self.reranked } else { &self.unranked }
    }

    /// Weights of the fields in the lexical legs.
    pub fn field_weights(&self) -> FieldWeights {
        FieldWeights { title: self.title_weight, heading: self.heading_weight, body: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_numbers_are_valid() -> Result<(), serde_json::Error> {
        serde_json::from_str::<Fitted>(BUILT_IN).map(|_| ())
    }
}
