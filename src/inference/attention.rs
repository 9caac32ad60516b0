//! How do the tokens of a text look at each other?
//!
//! Multi-head attention without a mask (Vaswani et al. 2017) over texts laid end to end. On the CPU every task takes some
//! tokens of one text through all heads, so that scores stay in the processor's cache and nothing is copied into heads first.

use candle_core::{CpuStorage, CustomOp1, D, Device, Layout, Result, Shape, Tensor};
use candle_nn::ops::softmax_last_dim;
use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::Softmax;

use super::projection::contiguous;

/// Tokens in a task.
const TOKENS: usize = 64;

/// Where the texts lie and how a state is cut into heads.
pub(crate) struct Attention {
    /// Tokens of each text, in order.
    pub(crate) lengths: Vec<usize>,
    pub(crate) heads: usize,
}

impl Attention {
    /// From `[tokens, 3 * dimensions]` (queries, keys and values beside each other) to `[tokens, dimensions]`.
    pub(crate) fn forward(&self, projected: &Tensor) -> Result<Tensor> {
        if matches!(projected.device(), Device::Cpu) {
            return projected.contiguous()?.apply_op1_no_bwd(self);
        }
        let dimensions = projected.dim(D::Minus1)? / 3;
        let head_dim = dimensions / self.heads;
        let mut start = 0;
        let mut mixed = Vec::with_capacity(self.lengths.len());
        for &length in &self.lengths {
            let part = |number: usize| -> Result<Tensor> {
                let states = projected.narrow(0, start, length)?.narrow(1, number * dimensions, dimensions)?;
                states.reshape((length, self.heads, head_dim))?.transpose(0, 1)?.contiguous()
            };
            let query = (part(0)? * (1.0 / (head_dim as f64).sqrt()))?;
            let scores = softmax_last_dim(&query.matmul(&part(1)?.transpose(1, 2)?)?)?;
            mixed.push(scores.matmul(&part(2)?)?.transpose(0, 1)?.reshape((length, dimensions))?);
            start += length;
        }
        Tensor::cat(&mixed, 0)
    }

    /// What `rows` of one text's tokens take from all of its tokens; `out` is `[rows, dimensions]`.
    fn mix(&self, text: &[f32], rows: std::ops::Range<usize>, out: &mut [f32]) -> Result<()> {
        let dimensions = out.len() / rows.len();
        let head_dim = dimensions / self.heads;
        let length = text.len() / (3 * dimensions);
        let multiply = GemmExecutor::<f32>::new();
        let mut scores = vec![0.0; rows.len() * length];
        let mut mixed = vec![0.0; rows.len() * head_dim];
        let states = NdTensorView::from_data([length, 3 * dimensions], text);
        for head in 0..self.heads {
            let part = |number: usize, tokens: std::ops::Range<usize>| {
                let start = number * dimensions + head * head_dim;
                states.slice((tokens, start..start + head_dim))
            };
            let options = GemmOptions { alpha: 1.0 / (head_dim as f32).sqrt(), ..GemmOptions::default() };
            let keys = part(1, 0..length);
            let (query, keys) = (GemmInputA::Unpacked(part(0, rows.clone())), GemmInputB::Unpacked(keys.transposed()));
            multiply.gemm(&mut scores, query, keys, options).map_err(candle_core::Error::wrap)?;
            for row in scores.chunks_exact_mut(length) {
                Softmax::new_mut(row).dispatch();
            }
            let weights = GemmInputA::Unpacked(NdTensorView::from_data([rows.len(), length], &scores[..]));
            let values = GemmInputB::Unpacked(part(2, 0..length));
            multiply.gemm(&mut mixed, weights, values, GemmOptions::default()).map_err(candle_core::Error::wrap)?;
            for (out, mixed) in out.chunks_exact_mut(dimensions).zip(mixed.chunks_exact(head_dim)) {
                out[head * head_dim..(head + 1) * head_dim].copy_from_slice(mixed);
            }
        }
        Ok(())
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut projected = contiguous(storage, layout)?;
        let (tokens, width) = layout.shape().dims2()?;
        let dimensions = width / 3;
        let mut out = vec![0.0; tokens * dimensions];
        let mut rest = out.as_mut_slice();
        let mut tasks = Vec::new();
        for &length in &self.lengths {
            let (text, later) = projected.split_at(length * width);
            let (own, others) = rest.split_at_mut(length * dimensions);
            (projected, rest) = (later, others);
            let parts = own.chunks_mut(TOKENS * dimensions).enumerate();
            tasks.extend(parts.map(|(number, out)| (text, number * TOKENS, out)));
        }
        tasks
            .into_par_iter()
            .try_for_each(|(text, first, out)| self.mix(text, first..first + out.len() / dimensions, out))?;
        Ok((CpuStorage::F32(out), Shape::from((tokens, dimensions))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_attends_to_itself_as_the_formula_says() -> Result<()> {
        let (heads, dimensions, lengths) = (2, 8, vec![TOKENS + 5, 3]);
        let tokens: usize = lengths.iter().sum();
        let projected = Tensor::rand(-2f32, 2f32, (tokens, 3 * dimensions), &Device::Cpu)?;
        let actual = Attention { lengths: lengths.clone(), heads }.forward(&projected)?;
        let mut start = 0;
        for length in lengths {
            for head in 0..heads {
                let part = |number: usize| {
                    let columns =
                        projected.narrow(1, number * dimensions + head * dimensions / heads, dimensions / heads);
                    columns?.narrow(0, start, length)?.contiguous()
                };
                let scores = (part(0)?.matmul(&part(1)?.t()?)? * 0.5)?;
                let expected = softmax_last_dim(&scores)?.matmul(&part(2)?)?;
                let actual =
                    actual.narrow(0, start, length)?.narrow(1, head * dimensions / heads, dimensions / heads)?;
                let difference = (expected - actual)?.abs()?.max_all()?.to_scalar::<f32>()?;
                assert!(difference < 1e-5, "differs by {difference}");
            }
            start += length;
        }
        Ok(())
    }
}
