//! How do several legs' scores become one?
//!
//! Each leg's scores are brought to mean 0 and spread 1 over all passages and added with weights. Rank fusion with
//! equal weights was measured to lose in one domain what it wins in another; a weighted sum did not. A passage also
//! gains from its document: where several passages of a routine fit, the routine is probably the right one.

use serde::{Deserialize, Serialize};

use crate::index::DocumentNumber;

/// Passages of a document that speak for it.
const WITNESSES: usize = 3;

/// Weight of each leg.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FusionWeights {
    /// Cosine with the passage's vector.
    pub dense: f32,
    /// Cosine with the nearest of its units.
    pub units: f32,
    /// BM25 over stems.
    pub stems: f32,
    /// BM25 over groups of four characters.
    pub grams: f32,
    /// The document's best passages.
    pub document: f32,
}

/// Scores of every passage in each leg, by passage number.
#[derive(Debug, Clone)]
pub struct Legs {
    /// Cosine with the passage's vector.
    pub dense: Vec<f32>,
    /// Cosine with the nearest of its units.
    pub units: Vec<f32>,
    /// BM25 over stems.
    pub stems: Vec<f32>,
    /// BM25 over groups of four characters.
    pub grams: Vec<f32>,
}

/// Scores with mean 0 and standard deviation 1; all 0 if they are all alike.
pub fn z_scores(scores: &[f32]) -> Vec<f32> {
    let count = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / count;
    let spread = variance.sqrt();
    if spread <= f32::EPSILON {
        return vec![0.0; scores.len()];
    }
    scores.iter().map(|score| (score - mean) / spread).collect()
}

impl FusionWeights {
    /// One score per passage. `documents` names each passage's document.
    pub fn fuse(self, legs: &Legs, documents: &[DocumentNumber]) -> Vec<f32> {
        let mut fused = vec![0.0; legs.dense.len()];
        let weighted = [
            (self.dense, &legs.dense),
            (self.units, &legs.units),
            (self.stems, &legs.stems),
            (self.grams, &legs.grams),
        ];
        for (weight, scores) in weighted {
            for (sum, score) in fused.iter_mut().zip(z_scores(scores)) {
                *sum += weight * score;
            }
        }
        if self.document > 0.0 {
            let support = z_scores(&support(&fused, documents));
            for (sum, support) in fused.iter_mut().zip(support) {
                *sum += self.document * support;
            }
        }
        fused
    }
}

/// For each passage the mean of its document's best passages.
fn support(fused: &[f32], documents: &[DocumentNumber]) -> Vec<f32> {
    let count = documents.iter().map(|number| number.0 as usize + 1).max().unwrap_or(0);
    let mut best = vec![[f32::NEG_INFINITY; WITNESSES]; count];
    for (score, document) in fused.iter().zip(documents) {
        let witnesses = &mut best[document.0 as usize];
        let mut score = *score;
        for witness in witnesses {
            if score > *witness {
                std::mem::swap(witness, &mut score);
            }
        }
    }
    let mean = |witnesses: &[f32; WITNESSES]| {
        let there: Vec<f32> = witnesses.iter().copied().filter(|score| score.is_finite()).collect();
        there.iter().sum::<f32>() / there.len().max(1) as f32
    };
    documents.iter().map(|document| mean(&best[document.0 as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_that_say_nothing_change_nothing() {
        let weights = FusionWeights { dense: 1.0, units: 1.0, stems: 1.0, grams: 1.0, document: 0.0 };
        let legs = Legs { dense: vec![0.9, 0.1, 0.5], units: vec![0.0; 3], stems: vec![0.0; 3], grams: vec![0.0; 3] };
        let fused = weights.fuse(&legs, &[DocumentNumber(0); 3]);
        assert!(fused[0] > fused[2] && fused[2] > fused[1]);
    }

    #[test]
    fn a_passage_gains_from_its_neighbours() {
        let weights = FusionWeights { dense: 1.0, units: 0.0, stems: 0.0, grams: 0.0, document: 0.5 };
        let none = vec![0.0; 5];
        let legs = Legs { dense: vec![0.8, 0.8, 0.8, 0.8, 0.1], units: none.clone(), stems: none.clone(), grams: none };
        let documents = [0, 0, 0, 1, 1].map(DocumentNumber);
        let fused = weights.fuse(&legs, &documents);
        assert!(fused[0] > fused[3], "{fused:?}");
    }

    proptest::proptest! {
        #[test]
        fn order_is_kept(scores in proptest::collection::vec(-10f32..10.0, 2..50)) {
            let z = z_scores(&scores);
            for i in 1..scores.len() {
                if scores[i] > scores[i - 1] {
                    proptest::prop_assert!(z[i] >= z[i - 1]);
                }
            }
        }
    }
}
