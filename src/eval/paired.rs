//! Is one run better than another, or do they only differ?
//!
//! Both ask the same questions, so the differences of single questions are looked at: their mean with a bootstrap
//! interval, and how often signs thrown at random would make a mean as large (a randomisation test, Fisher 1935; Smucker
//! et al. 2007 on its use for retrieval).

use serde::Serialize;

use super::metrics::{Random, interval};

/// A metric of two runs over the questions that have it in both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Paired {
    /// Questions.
    pub count: usize,
    /// Mean of the first run.
    pub first: f64,
    /// Mean of the second run.
    pub second: f64,
    /// Second less first.
    pub difference: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Probability of a difference as large, either way, if the runs were alike.
    pub p_value: f64,
    /// Questions whose value is higher in the second run.
    pub risen: usize,
    /// Questions whose value is lower.
    pub fallen: usize,
}

/// Differences smaller than this are rounding.
const ROUNDING: f64 = 1e-9;
/// Random signs that are tried where not all can be.
const SAMPLES: usize = 10_000;
/// Up to this many differences all signs are tried.
const ALL_SIGNS: usize = 13;

/// Compares values of the same questions; all zero and a p value of 1 for none.
pub fn paired(values: &[(f64, f64)]) -> Paired {
    let count = values.len();
    let mean = |value: fn(&(f64, f64)) -> f64| values.iter().map(value).sum::<f64>() / count.max(1) as f64;
    let differences: Vec<f64> = values.iter().map(|(first, second)| second - first).collect();
    let around = interval(&differences);
    Paired {
        count,
        first: mean(|pair| pair.0),
        second: mean(|pair| pair.1),
        difference: around.mean,
        low: around.low,
        high: around.high,
        p_value: p_value(&differences),
        risen: differences.iter().filter(|difference| **difference > ROUNDING).count(),
        fallen: differences.iter().filter(|difference| **difference < -ROUNDING).count(),
    }
}

fn p_value(differences: &[f64]) -> f64 {
    let changed: Vec<f64> = differences.iter().copied().filter(|difference| difference.abs() > ROUNDING).collect();
    if changed.is_empty() {
        return 1.0;
    }
    let observed = changed.iter().sum::<f64>().abs() - ROUNDING;
    let as_large = |signs: &mut dyn FnMut(usize) -> bool| {
        let sum: f64 = changed.iter().enumerate().map(|(at, value)| if signs(at) { *value } else { -value }).sum();
        sum.abs() >= observed
    };
    if changed.len() <= ALL_SIGNS {
        let all = 1_usize << changed.len();
        let large = (0..all).filter(|signs| as_large(&mut |at| (signs >> at) & 1 == 1)).count();
        return large as f64 / all as f64;
    }
    let mut random = Random::new();
    // The upper bits are the better ones.
    let large = (0..SAMPLES).filter(|_| as_large(&mut |_| random.next() >> 63 == 1)).count();
    (large + 1) as f64 / (SAMPLES + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_of_few_differences_is_exact() {
        // Only all plus and all minus make a sum as large: 2 of 2^4.
        let four_fell = paired(&[(1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.5, 0.5)]);
        assert!((four_fell.p_value - 0.125).abs() < 1e-12, "{four_fell:?}");
        assert_eq!((four_fell.fallen, four_fell.risen, four_fell.count), (4, 0, 5));
        assert!((four_fell.difference + 0.8).abs() < 1e-12);
        assert!((paired(&[(0.3, 0.3), (0.7, 0.7)]).p_value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn noise_is_told_from_a_fall() {
        let noise: Vec<(f64, f64)> = (0..100).map(|at| if at % 2 == 0 { (0.4, 0.6) } else { (0.6, 0.4) }).collect();
        assert!(paired(&noise).p_value > 0.5);
        let fall: Vec<(f64, f64)> = (0..100).map(|at| (1.0, f64::from(u8::from(at % 5 != 0)))).collect();
        let fall = paired(&fall);
        assert!(fall.p_value < 0.001 && fall.high < 0.0, "{fall:?}");
        assert_eq!(fall, paired(&(0..100).map(|at| (1.0, f64::from(u8::from(at % 5 != 0)))).collect::<Vec<_>>()));
    }
}
