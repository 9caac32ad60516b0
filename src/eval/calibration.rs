//! Does the confidence mean what it says?
//!
//! Of the questions that get 0.8, four in five should be answered by the passages that were found. Here they count as
//! answered if a place that answers is among the first five passages, which can be told for refused questions too.

use serde::{Deserialize, Serialize};

use super::metrics::Interval;

/// A question's confidence and whether it was deserved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Probability that the passages answer, 0 to 1.
    pub confidence: f64,
    /// Whether they do.
    pub right: bool,
}

/// Questions whose confidence lies close together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Least confidence.
    pub from: f64,
    /// Confidences lie below this, in the last bin up to it.
    pub to: f64,
    /// Questions.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them that the passages answer.
    pub right: f64,
}

/// What answering above a threshold means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Questions with at least this confidence are answered.
    pub threshold: f64,
    /// Share of all questions that are answered then.
    pub answered: f64,
    /// Share of the answered ones that the passages do not answer.
    pub wrong: f64,
}

/// How reliable the confidence is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error: mean distance between confidence and share of right ones over the bins, weighted by
    /// their questions (Naeini et al. 2015).
    pub expected_error: f64,
    /// Mean squared error of the confidence (Brier 1950).
    pub brier: Interval,
    /// Ten bins of the same width; empty ones are left out.
    pub bins: Vec<ReliabilityBin>,
    /// Answered share against error share, in steps of a twentieth.
    pub curve: Vec<CurvePoint>,
}

const BINS: usize = 10;

/// Bins of the same width, without the empty ones.
pub fn reliability(judgements: &[Judgement]) -> Vec<ReliabilityBin> {
    let bin_of = |judgement: &Judgement| ((judgement.confidence * BINS as f64) as usize).min(BINS - 1);
    let bins = (0..BINS).map(|bin| {
        let inside: Vec<&Judgement> = judgements.iter().filter(|judgement| bin_of(judgement) == bin).collect();
        let count = inside.len().max(1) as f64;
        ReliabilityBin {
            from: bin as f64 / BINS as f64,
            to: (bin + 1) as f64 / BINS as f64,
            count: inside.len(),
            confidence: inside.iter().map(|judgement| judgement.confidence).sum::<f64>() / count,
            right: inside.iter().filter(|judgement| judgement.right).count() as f64 / count,
        }
    });
    bins.filter(|bin| bin.count > 0).collect()
}

/// Expected calibration error of bins.
pub fn expected_error(bins: &[ReliabilityBin]) -> f64 {
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    let weighted = bins.iter().map(|bin| bin.count as f64 * (bin.confidence - bin.right).abs());
    weighted.sum::<f64>() / all.max(1) as f64
}

/// What each threshold means; `wrong` is 0 where nothing is answered.
pub fn answered_against_wrong(judgements: &[Judgement], thresholds: impl Iterator<Item = f64>) -> Vec<CurvePoint> {
    let point = |threshold: f64| {
        let answered: Vec<&Judgement> =
            judgements.iter().filter(|judgement| judgement.confidence >= threshold).collect();
        let wrong = answered.iter().filter(|judgement| !judgement.right).count();
        CurvePoint {
            threshold,
            answered: answered.len() as f64 / judgements.len().max(1) as f64,
            wrong: wrong as f64 / answered.len().max(1) as f64,
        }
    };
    thresholds.map(point).collect()
}

/// Everything at once.
pub fn calibration(judgements: &[Judgement]) -> Calibration {
    let bins = reliability(judgements);
    let squared = |judgement: &Judgement| (judgement.confidence - f64::from(u8::from(judgement.right))).powi(2);
    Calibration {
        expected_error: expected_error(&bins),
        brier: super::interval(&judgements.iter().map(squared).collect::<Vec<f64>>()),
        bins,
        curve: answered_against_wrong(judgements, (0..20).map(|step| f64::from(step) / 20.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgements(of: &[(f64, usize, usize)]) -> Vec<Judgement> {
        let each = |(confidence, right, wrong): &(f64, usize, usize)| {
            let judgement = |right| Judgement { confidence: *confidence, right };
            [vec![judgement(true); *right], vec![judgement(false); *wrong]].concat()
        };
        of.iter().flat_map(each).collect()
    }

    #[test]
    fn a_confidence_that_is_kept_has_no_error_and_a_boast_has_its_distance() {
        let kept = calibration(&judgements(&[(0.75, 3, 1), (0.25, 1, 3)]));
        assert!(kept.expected_error.abs() < 1e-12, "{kept:?}");
        // Half of the questions at 0.95, of which 0.5 are right: 0.45 * 4 / 8.
        let boast = calibration(&judgements(&[(0.95, 2, 2), (0.25, 1, 3)]));
        assert!((boast.expected_error - 0.225).abs() < 1e-12, "{boast:?}");
        assert_eq!(boast.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [4, 4]);
        let sure = reliability(&judgements(&[(1.0, 1, 0)]));
        assert!(sure.len() == 1 && sure[0].from > 0.85, "{sure:?}");
    }

    #[test]
    fn a_higher_threshold_answers_less_and_errs_less() {
        let points = answered_against_wrong(&judgements(&[(0.9, 3, 0), (0.4, 1, 4)]), [0.0, 0.5, 1.0].into_iter());
        let shares: Vec<(f64, f64)> = points.iter().map(|point| (point.answered, point.wrong)).collect();
        assert_eq!(shares, [(1.0, 0.5), (0.375, 0.0), (0.0, 0.0)]);
    }
}
