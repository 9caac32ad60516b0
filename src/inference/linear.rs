//! How is a quantised weight matrix multiplied quickly on every CPU?
//!
//! candle's fast x86 kernels take 4-bit K-quants and 8-bit blocks, and only when the inner dimension is a multiple of
//! 256; everything else silently takes a path several times slower. So small models' rows (640, 896 wide) are
//! padded with zero blocks here, and the old 4- and 5-bit block formats are rewritten as 8-bit blocks with the same
//! scales, which changes no weight.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{D, Device, Module, Result, Tensor};

/// Inner dimensions are padded to a multiple of this many weights.
const ALIGNMENT: usize = 256;
/// Weights in one block of the block formats.
const BLOCK: usize = 32;

/// A weight matrix `[out, in]`, quantised or dense, with an optional bias `[out]`.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
    inputs: usize,
    padded: usize,
}

impl Linear {
    /// Prepares a matrix read from a GGUF file for `device`.
    pub(crate) fn new(tensor: QTensor, bias: Option<Tensor>, device: &Device) -> Result<Self> {
        let (outputs, inputs) = tensor.shape().dims2()?;
        let padded = if device.is_cpu() { inputs.next_multiple_of(ALIGNMENT) } else { inputs };
        let tensor = match tensor.dtype() {
            GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => {
                let weight = QMatMul::Tensor(tensor.dequantize(device)?);
                return Ok(Self { weight, bias, inputs, padded: inputs });
            }
            GgmlDType::Q4_0 | GgmlDType::Q5_0 | GgmlDType::Q8_0 if device.is_cpu() => {
                let blocks = as_q8_0(&tensor.data()?, tensor.dtype(), inputs, padded);
                let storage = QStorage::from_data(Cow::Owned(blocks), device, GgmlDType::Q8_0)?;
                QTensor::new(storage, (outputs, padded))?
            }
            _ if padded != inputs => {
                let dense = tensor.dequantize(&Device::Cpu)?.pad_with_zeros(D::Minus1, 0, padded - inputs)?;
                QTensor::quantize_onto(&dense, GgmlDType::Q8_0, device)?
            }
            _ => tensor,
        };
        Ok(Self { weight: QMatMul::QTensor(Arc::new(tensor)), bias, inputs, padded })
    }

    /// `[.., in]` to `[.., out]`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let output = if self.padded == self.inputs {
            self.weight.forward(input)?
        } else {
            self.weight.forward(&input.pad_with_zeros(D::Minus1, 0, self.padded - self.inputs)?)?
        };
        match &self.bias {
            Some(bias) => output.broadcast_add(bias),
            None => Ok(output),
        }
    }
}

/// Rewrites rows of 4-, 5- or 8-bit blocks as 8-bit blocks with the same scales, each row padded with zero blocks.
fn as_q8_0(data: &[u8], dtype: GgmlDType, inputs: usize, padded: usize) -> Vec<u8> {
    let row_bytes = inputs / BLOCK * dtype.type_size();
    let mut out = Vec::with_capacity(data.len() / row_bytes.max(1) * (padded / BLOCK) * (2 + BLOCK));
    for row in data.chunks_exact(row_bytes) {
        for block in row.chunks_exact(dtype.type_size()) {
            out.extend_from_slice(&block[..2]);
            match dtype {
                GgmlDType::Q4_0 => {
                    out.extend(block[2..].iter().map(|byte| (byte & 0x0f).wrapping_sub(8)));
                    out.extend(block[2..].iter().map(|byte| (byte >> 4).wrapping_sub(8)));
                }
                GgmlDType::Q5_0 => {
                    let high = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
                    let fifth = |index: usize| (((high >> index) & 1) as u8) << 4;
                    let low_nibbles = block[6..].iter().enumerate();
                    out.extend(low_nibbles.map(|(i, byte)| ((byte & 0x0f) | fifth(i)).wrapping_sub(16)));
                    let high_nibbles = block[6..].iter().enumerate();
                    out.extend(high_nibbles.map(|(i, byte)| ((byte >> 4) | fifth(i + 16)).wrapping_sub(16)));
                }
                _ => out.extend_from_slice(&block[2..]),
            }
        }
        out.resize(out.len() + (padded - inputs) / BLOCK * (2 + BLOCK), 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rewritten blocks must hold exactly the weights of the original ones.
    #[test]
    fn rewriting_blocks_changes_no_weight() -> Result<()> {
        let device = Device::Cpu;
        let dense = Tensor::rand(-1f32, 1f32, (32, 384), &device)?;
        for dtype in [GgmlDType::Q4_0, GgmlDType::Q5_0, GgmlDType::Q8_0] {
            let original = QTensor::quantize(&dense, dtype)?;
            let expected = original.dequantize(&device)?;
            let blocks = as_q8_0(&original.data()?, dtype, 384, 512);
            let storage = QStorage::from_data(Cow::Owned(blocks), &device, GgmlDType::Q8_0)?;
            let rewritten = QTensor::new(storage, (32, 512))?.dequantize(&device)?.narrow(1, 0, 384)?;
            let difference = (expected - rewritten)?.abs()?.max_all()?.to_scalar::<f32>()?;
            assert!(difference < 1e-6, "{dtype:?} differs by {difference}");
        }
        Ok(())
    }

    #[test]
    fn padded_products_equal_dense_ones_within_quantisation_noise() -> Result<()> {
        let device = Device::Cpu;
        let dense = Tensor::rand(-1f32, 1f32, (64, 640), &device)?;
        let input = Tensor::rand(-1f32, 1f32, (3, 640), &device)?;
        let quantised = QTensor::quantize(&dense, GgmlDType::Q8_0)?;
        let expected = input.matmul(&quantised.dequantize(&device)?.t()?)?;
        let actual = Linear::new(quantised, None, &device)?.forward(&input)?;
        let difference = (expected - actual)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(difference < 0.25, "differs by {difference}");
        Ok(())
    }
}
