//! What do the numbers mean?
//!
//! Retrieval metrics as `trec_eval` defines them, with binary relevance: a passage is relevant if it meets a
//! need of the question that none before it met. Intervals by bootstrap over questions (Efron 1979), with a fixed seed
//! so that a report can be repeated.

use serde::{Deserialize, Serialize};

/// Retrieval metrics of one question.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankMetrics {
    /// Share of the question's needs met by the first five passages.
    pub recall_at_5: f64,
    /// 1 / rank of the first relevant passage among ten, else 0.
    pub reciprocal_rank_at_10: f64,
    /// Normalised discounted cumulative gain at ten, binary relevance (Järvelin and Kekäläinen 2002).
    pub ndcg_at_10: f64,
    /// Whether a relevant passage is among the first five.
    pub success_at_5: f64,
}

/// Metrics of a ranking. `found[i]` lists which of the question's needs the passage at rank `i` meets; a need counts where
/// it is met first, and `needs` is their number.
pub fn rank_metrics(found: &[Vec<usize>], needs: usize) -> RankMetrics {
    let mut seen = vec![false; needs];
    let mut gains = Vec::new();
    for passage in found {
        let mut new = false;
        for need in passage {
            if let Some(slot) = seen.get_mut(*need) {
                new |= !std::mem::replace(slot, true);
            }
        }
        gains.push(new);
    }
    let within = |limit: usize| {
        let mut seen = vec![false; needs];
        for need in found.iter().take(limit).flatten() {
            if let Some(slot) = seen.get_mut(*need) {
                *slot = true;
            }
        }
        seen.iter().filter(|seen| **seen).count() as f64 / needs.max(1) as f64
    };
    let first = gains.iter().take(10).position(|gain| *gain);
    let discount = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
    let gain: f64 = gains.iter().take(10).enumerate().filter(|(_, gain)| **gain).map(|(rank, _)| discount(rank)).sum();
    let ideal: f64 = (0..needs.min(10)).map(discount).sum();
    RankMetrics {
        recall_at_5: within(5),
        reciprocal_rank_at_10: first.map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0)),
        ndcg_at_10: if ideal > 0.0 { gain / ideal } else { 0.0 },
        success_at_5: f64::from(u8::from(first.is_some_and(|rank| rank < 5))),
    }
}

/// A mean with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of values.
    pub count: usize,
}

/// Numbers that are as good as random, and the same on every machine (xorshift64).
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to below `count`, which must not be 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }
}

/// Mean and interval of values; all zero for none.
pub fn interval(values: &[f64]) -> Interval {
    const SAMPLES: usize = 2000;
    let count = values.len();
    if count == 0 {
        return Interval { mean: 0.0, low: 0.0, high: 0.0, count };
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let mut random = Random::new();
    let mut means: Vec<f64> =
        (0..SAMPLES).map(|_| (0..count).map(|_| values[random.below(count)]).sum::<f64>() / count as f64).collect();
    means.sort_by(f64::total_cmp);
    Interval { mean, low: means[SAMPLES / 40], high: means[SAMPLES - SAMPLES / 40 - 1], count }
}

/// Share of probabilities below a threshold: how many of these questions would be refused; 0 for none.
pub fn share_below(probabilities: impl IntoIterator<Item = f32>, threshold: f32) -> f64 {
    let (mut below, mut all) = (0_usize, 0_usize);
    for probability in probabilities {
        all += 1;
        below += usize::from(probability < threshold);
    }
    below as f64 / all.max(1) as f64
}

/// The value below which `share` (0 to 1) of the values lie; 0 for none.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn metrics_agree_with_values_worked_out_by_hand() {
        // Two places; one found at rank 2, the other at rank 7.
        let mut found = vec![Vec::new(); 10];
        found[1] = vec![0];
        found[6] = vec![1];
        let metrics = rank_metrics(&found, 2);
        assert!(close(metrics.recall_at_5, 0.5));
        assert!(close(metrics.reciprocal_rank_at_10, 0.5));
        // (1/log2(3) + 1/log2(8)) / (1 + 1/log2(3))
        assert!(close(metrics.ndcg_at_10, (0.630_929_75 + 0.333_333_33) / 1.630_929_75));
    }

    #[test]
    fn the_interval_holds_the_mean_and_repeats() {
        let values: Vec<f64> = (0..100).map(|value| f64::from(value % 2)).collect();
        let once = interval(&values);
        assert!(once.low < once.mean && once.mean < once.high);
        assert_eq!(once, interval(&values));
        assert!(close(percentile(&[3.0, 1.0, 2.0], 0.5), 2.0));
    }
}
