//! How does an encoder multiply many tokens' states with a weight matrix quickly?
//!
//! On the CPU with whole numbers of 8 bits (dynamic quantisation, as in Zafrir et al. 2019, "Q8BERT"): each token's state
//! has its own scale and zero point, and a weight is the sum of two numbers, one of its row's coarse steps and one of
//! fine ones. With the coarse ones alone a sentence's vector has a cosine of 0.998 with the exact one, with both 0.999, as
//! with a scale for every 32 weights. The kernel is the one that the machine's instructions allow, found out at run
//! time; candle's 8-bit kernels are made for one token at a time. Elsewhere candle multiplies dense matrices.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::{SimdOp, SimdUnaryOp};
use rten_tensor::NdTensorView;
use rten_vecmath::{ExtendInit, Gelu, MinMax, Quantize};

/// Tokens in a task: its sums stay in the processor's cache until they are numbers again.
const TOKENS: usize = 64;

/// What is done with the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    None,
    /// Gaussian error linear unit, the exact form.
    Gelu,
}

/// A weight matrix `[out, in]` with a bias `[out]` and what follows it.
pub(crate) enum Projection {
    Int8(Int8Weights),
    Dense { weight: Tensor, bias: Tensor, activation: Activation },
}

/// Weights in 8 bits, laid out for the machine's kernel.
pub(crate) struct Int8Weights {
    /// `[in, 2 * out]`: each output's coarse steps, then each output's fine ones.
    packed: PackedBMatrix<i8>,
    coarse: Vec<Steps>,
    fine: Vec<Steps>,
    bias: Vec<f32>,
    inputs: usize,
    activation: Activation,
}

/// What an output's weights are, beside their whole numbers.
struct Steps {
    /// What a step is worth.
    scale: f32,
    /// Sum of the steps. What a state's zero point adds to a product is taken off by it: rten-gemm 0.27 takes zero
    /// points itself, but beyond the first rows of a matrix it mixes them up.
    sum: i32,
}

impl Projection {
    /// Prepares a dense matrix for the device that it lies on.
    pub(crate) fn new(weight: &Tensor, bias: Tensor, activation: Activation) -> Result<Self> {
        if matches!(weight.device(), Device::Cpu) {
            return Int8Weights::new(weight, &bias, activation).map(Self::Int8);
        }
        Ok(Self::Dense { weight: weight.t()?.contiguous()?, bias, activation })
    }

    /// `[tokens, in]` to `[tokens, out]`.
    pub(crate) fn forward(&self, states: &Tensor) -> Result<Tensor> {
        match self {
            Self::Int8(weights) => states.contiguous()?.apply_op1_no_bwd(weights),
            Self::Dense { weight, bias, activation } => {
                let products = states.matmul(weight)?.broadcast_add(bias)?;
                if *activation == Activation::Gelu { products.gelu_erf() } else { Ok(products) }
            }
        }
    }
}

impl Int8Weights {
    fn new(weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Self> {
        let (outputs, inputs) = weight.dims2()?;
        let kernel = GemmExecutor::<u8, i8, i32>::new();
        // Without VNNI two products are added in 16 bits, which full 8-bit weights would overflow.
        let most = if kernel.may_saturate() { 63.0 } else { 127.0 };
        let mut numbers = Vec::with_capacity(2 * outputs * inputs);
        let mut rest = weight.to_vec2::<f32>()?;
        let mut part = || -> Vec<Steps> { rest.iter_mut().map(|row| take_steps(row, most, &mut numbers)).collect() };
        let (coarse, fine) = (part(), part());
        let packed = kernel.prepack_b(NdTensorView::from_data([2 * outputs, inputs], &numbers[..]).transposed());
        Ok(Self { packed, coarse, fine, bias: bias.to_vec1()?, inputs, activation })
    }

    /// `states` are some tokens' `[tokens, in]`, `out` what becomes of them, `[tokens, out]`.
    fn multiply(&self, states: &[f32], out: &mut [f32]) -> Result<()> {
        let tokens = states.len() / self.inputs;
        let mut steps: Vec<u8> = Vec::with_capacity(states.len());
        let mut quantised = Vec::with_capacity(tokens);
        for state in states.chunks_exact(self.inputs) {
            let (least, most) = MinMax::new(state).dispatch();
            let (least, most) = (least.min(0.0), most.max(0.0));
            let scale = ((most - least) / 255.0).max(f32::MIN_POSITIVE);
            let zero = (-least / scale).round() as u8;
            steps.extend_init(|free| Quantize::new(state, &mut free[..self.inputs], 1.0 / scale, zero).dispatch());
            quantised.push((scale, i32::from(zero)));
        }
        let outputs = self.bias.len();
        let mut products = vec![0i32; 2 * out.len()];
        let left = NdTensorView::from_data([tokens, self.inputs], &steps[..]);
        GemmExecutor::<u8, i8, i32>::new()
            .gemm(&mut products, GemmInputA::Unpacked(left), GemmInputB::Packed(&self.packed), GemmOptions::default())
            .map_err(candle_core::Error::wrap)?;
        let rows = out.chunks_exact_mut(outputs).zip(products.chunks_exact(2 * outputs));
        for ((row, products), (scale, zero)) in rows.zip(quantised) {
            let value = |product: &i32, steps: &Steps| (product - zero * steps.sum) as f32 * steps.scale;
            let (coarse, fine) = products.split_at(outputs);
            let coarse = coarse.iter().zip(&self.coarse).map(|(product, steps)| value(product, steps));
            let fine = fine.iter().zip(&self.fine).map(|(product, steps)| value(product, steps));
            for (((slot, coarse), fine), bias) in row.iter_mut().zip(coarse).zip(fine).zip(&self.bias) {
                *slot = (coarse + fine) * scale + bias;
            }
            if self.activation == Activation::Gelu {
                Gelu {}.map_mut(row);
            }
        }
        Ok(())
    }
}

/// Rounds a row to steps of one size, appends them to `numbers` and leaves in the row what they do not say.
fn take_steps(row: &mut [f32], most: f32, numbers: &mut Vec<i8>) -> Steps {
    let largest = row.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
    let scale = largest / most;
    let mut sum = 0;
    for weight in row {
        let steps = (*weight / scale).round();
        *weight -= steps * scale;
        numbers.push(steps as i8);
        sum += steps as i32;
    }
    Steps { scale, sum }
}

impl CustomOp1 for Int8Weights {
    fn name(&self) -> &'static str {
        "int8-projection"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let states = contiguous(storage, layout)?;
        let (tokens, outputs) = (states.len() / self.inputs, self.bias.len());
        let mut out = vec![0.0; tokens * outputs];
        out.par_chunks_mut(TOKENS * outputs)
            .zip(states.par_chunks(TOKENS * self.inputs))
            .try_for_each(|(out, states)| self.multiply(states, out))?;
        Ok((CpuStorage::F32(out), Shape::from((tokens, outputs))))
    }
}

/// The numbers of a contiguous tensor on the CPU.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (from, to) = layout.contiguous_offsets().ok_or_else(|| candle_core::Error::msg("states are not contiguous"))?;
    Ok(&storage.as_slice::<f32>()?[from..to])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_the_dense_ones_within_quantisation_noise() -> Result<()> {
        let device = Device::Cpu;
        let (weight, bias) = (Tensor::rand(-1f32, 1f32, (96, 384), &device)?, Tensor::rand(-1f32, 1f32, 96, &device)?);
        let states = Tensor::rand(-2f32, 1f32, (TOKENS + 3, 384), &device)?;
        for activation in [Activation::None, Activation::Gelu] {
            let expected = states.matmul(&weight.t()?)?.broadcast_add(&bias)?;
            let expected = if activation == Activation::Gelu { expected.gelu_erf()? } else { expected };
            let actual = Projection::new(&weight, bias.clone(), activation)?.forward(&states)?;
            let difference = (expected - actual)?.abs()?.max_all()?.to_scalar::<f32>()?;
            assert!(difference < 0.25, "{activation:?} differs by {difference}");
        }
        Ok(())
    }

    /// Otherwise a passage's score would depend on the passages that are read with it.
    #[test]
    fn a_token_does_not_depend_on_the_others() -> Result<()> {
        let device = Device::Cpu;
        let (weight, bias) = (Tensor::rand(-1f32, 1f32, (32, 64), &device)?, Tensor::rand(-1f32, 1f32, 32, &device)?);
        let projection = Projection::new(&weight, bias, Activation::Gelu)?;
        let states = Tensor::rand(-3f32, 3f32, (2 * TOKENS + 7, 64), &device)?;
        let together = projection.forward(&states)?.narrow(0, TOKENS + 1, 1)?.to_vec2::<f32>()?;
        let alone = projection.forward(&states.narrow(0, TOKENS + 1, 1)?)?.to_vec2::<f32>()?;
        assert_eq!(together, alone);
        Ok(())
    }
}
