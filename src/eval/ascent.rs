//! Which of a few weights are best, each from a short list of values?
//!
//! Coordinate ascent: one weight after the other is set to its best value, until nothing gains. It knows nothing of what is
//! weighed.

/// Sets one of the weights.
pub(super) type Setter<W> = fn(&mut W, f32);

/// The best weights that are reached from `start`, and their quality.
pub(super) fn ascend<W: Copy>(start: W, weights: &[Setter<W>], steps: &[f32], quality: &impl Fn(W) -> f64) -> (W, f64) {
    let mut best = (start, quality(start));
    loop {
        let before = best.1;
        for set in weights {
            for step in steps {
                let mut candidate = best.0;
                set(&mut candidate, *step);
                let reached = quality(candidate);
                if reached > best.1 + 1e-9 {
                    best = (candidate, reached);
                }
            }
        }
        if best.1 <= before + 1e-9 {
            return best;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_values_are_found_one_weight_after_the_other() {
        let weights: &[Setter<[f32; 2]>] = &[|weights, value| weights[0] = value, |weights, value| weights[1] = value];
        let quality = |[x, y]: [f32; 2]| -f64::from((x - 0.5).powi(2) + (y - x).powi(2));
        assert_eq!(ascend([0.0, 1.0], weights, &[0.0, 0.5, 1.0], &quality), ([0.5, 0.5], 0.0));
    }
}
