//! How probable is it that the best passages answer the question?
//!
//! A logistic regression over a few features of both legs, fitted on development questions by `rutinlots eval fit`.
//! Cosines say what a passage is about, not whether it answers: questions that the routines nearly answer lie closer to
//! them than many that they do answer. What tells these apart is the reranker; how far the best passage stands out and
//! how much of the question its words cover help.

use serde::{Deserialize, Serialize};

use super::question::Analysed;
use crate::language::{TextWords, stem};

/// A probability from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(pub f32);

/// Number of features.
const COUNT: usize = 12;

/// Names of the features, in order.
pub const FEATURE_NAMES: [&str; COUNT] = [
    "best_cosine",
    "best_unit_cosine",
    "stands_out",
    "coverage",
    "coverage_of_three",
    "rarest_word_covered",
    "best_unit_coverage",
    "documents_agree",
    "fused_lead",
    "reranker_best",
    "reranker_best_unit",
    "reranker_lead",
];

/// Features that the probability is computed from when the reranker has read the best passages. Chosen on development
/// questions: without the best unit's cosine, refusing what is off topic costs a third of the answerable questions
/// instead of a fifth; the rest of the features gain nothing (area under the ROC curve 0.864 with all, 0.854 with these).
pub const RERANKED_FEATURES: &[usize] = &[0, 1, 2, 3, 5, 9];

/// Features without the reranker.
pub const UNRANKED_FEATURES: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 8];

/// What the probability is computed from, roughly between -1 and 1 each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Features(pub [f32; COUNT]);

/// What is known of the best passages.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    /// Highest cosine of a passage.
    pub(crate) best_cosine: f32,
    /// Highest cosine of a unit in the best passages.
    pub(crate) best_unit_cosine: f32,
    /// z-score of the highest cosine among all passages.
    pub(crate) best_z: f32,
    /// Texts (title, headings, body) of the best passages, best first.
    pub(crate) texts: &'a [String],
    /// Texts of the units of the best passages, each with its heading.
    pub(crate) units: &'a [String],
    /// Share of the five best passages that are of the best one's document.
    pub(crate) agreement: f32,
    /// Fused score of the best passage above the mean of the ten best.
    pub(crate) lead: f32,
    /// In how many passages each stem of the question stands.
    pub(crate) frequencies: &'a [u64],
    /// Number of passages.
    pub(crate) passages: usize,
    /// What the reranker said, if it was asked.
    pub(crate) reranker: Option<Reranked>,
}

/// What the reranker said of the passages that it read, as logits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reranked {
    /// Of the passage most likely to answer.
    pub(crate) best: f32,
    /// Of the unit most likely to hold the answer.
    pub(crate) best_unit: f32,
    /// Of the second passage.
    pub(crate) second: f32,
}

impl Features {
    /// How close the closest passage lies to the question: its cosine, as a feature.
    pub fn closeness(&self) -> f32 {
        self.0[0]
    }

    /// How surely the reranker finds the question answered, as a feature; 0 if it was not asked.
    pub fn reranked(&self) -> f32 {
        self.0[9]
    }

    pub(crate) fn of(question: &Analysed, observed: &Observed<'_>) -> Self {
        let idf: Vec<f32> = observed
            .frequencies
            .iter()
            .map(|frequency| ((observed.passages as f32 + 1.0) / (*frequency as f32 + 0.5)).ln().max(0.1))
            .collect();
        let coverage = |texts: &[String]| coverage(question, texts, &idf);
        let first = coverage(observed.texts.get(..1).unwrap_or(&[]));
        let three = coverage(observed.texts.get(..3).unwrap_or(observed.texts));
        let reranked = observed.reranker.map_or([0.0; 3], |reranked| {
            [reranked.best / 4.0, reranked.best_unit / 4.0, (reranked.best - reranked.second) / 4.0]
        });
        Self([
            closeness(observed.best_cosine),
            (observed.best_unit_cosine - 0.74) * 8.0,
            (observed.best_z - 3.0) / 2.0,
            first.share,
            three.share,
            three.rarest,
            observed.units.iter().map(|unit| coverage(std::slice::from_ref(unit)).share).fold(0.0, f32::max),
            observed.agreement - 0.5,
            observed.lead,
            reranked[0],
            reranked[1],
            reranked[2],
        ])
    }
}

/// A cosine with a passage, as a feature.
pub(super) fn closeness(cosine: f32) -> f32 {
    (cosine - 0.72) * 10.0
}

struct Coverage {
    share: f32,
    rarest: f32,
}

/// Which share of the question's words, weighted by rarity, the texts hold; words that are misspelt or part of a
/// compound count by the groups of characters that are there.
fn coverage(question: &Analysed, texts: &[String], idf: &[f32]) -> Coverage {
    let there = TextWords::of(texts.iter().map(String::as_str));
    let (mut covered, mut total) = (0.0, 0.0);
    let (mut rarest, mut rarest_idf) = (0.0, 0.0);
    let own = question.stems.iter().zip(&question.content_words);
    for (((own_stem, word), alternatives), idf) in own.zip(&question.alternatives).zip(idf) {
        let share = if there.has_stem(own_stem) {
            1.0
        } else if alternatives.iter().any(|words| words.iter().all(|word| there.has_stem(&stem(word)))) {
            0.9
        } else {
            0.8 * there.share_of(word)
        };
        covered += share * idf;
        total += idf;
        if *idf > rarest_idf {
            (rarest, rarest_idf) = (share, *idf);
        }
    }
    let share = if total > 0.0 { covered / total } else { 0.0 };
    Coverage { share, rarest }
}

/// The regression's coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coefficients {
    /// Constant term.
    pub intercept: f32,
    /// One weight per feature.
    pub weights: [f32; COUNT],
}

impl Coefficients {
    /// Before any fitting: coverage and closeness count alike.
    pub fn plain() -> Self {
        Self { intercept: -1.0, weights: [0.5, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 0.2, 0.2, 0.0, 0.0, 0.0] }
    }

    /// The probability.
    pub fn probability(&self, features: &Features) -> Confidence {
        let sum: f32 = self.weights.iter().zip(features.0).map(|(weight, feature)| weight * feature).sum();
        Confidence(1.0 / (1.0 + (-(self.intercept + sum)).exp()))
    }

    /// Fits the weights of the features in `used` by gradient descent, with a pull towards zero (L2), which with so few
    /// questions matters more than speed; the other weights stay 0.
    pub fn fit(examples: &[(Features, bool)], used: &[usize], pull: f32) -> Self {
        const STEPS: usize = 20_000;
        const RATE: f32 = 0.05;
        let mut out = Self { intercept: 0.0, weights: [0.0; COUNT] };
        let count = examples.len().max(1) as f32;
        for _ in 0..STEPS {
            let mut intercept = 0.0;
            let mut weights = [0.0; COUNT];
            for (features, answerable) in examples {
                let error = out.probability(features).0 - f32::from(*answerable);
                intercept += error;
                for (slot, feature) in weights.iter_mut().zip(features.0) {
                    *slot += error * feature;
                }
            }
            out.intercept -= RATE * intercept / count;
            for &feature in used {
                let weight = &mut out.weights[feature];
                *weight -= RATE * (weights[feature] / count + pull * *weight);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_separates_what_can_be_separated() {
        let example = |coverage: f32, answerable| {
            (Features([0.0, 0.0, 0.0, coverage, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), answerable)
        };
        let examples = [example(0.9, true), example(0.8, true), example(0.2, false), example(0.1, false)];
        let fitted = Coefficients::fit(&examples, &[3], 0.001);
        assert!(fitted.probability(&examples[0].0) > Confidence(0.7));
        assert!(fitted.probability(&examples[3].0) < Confidence(0.3));
    }
}
