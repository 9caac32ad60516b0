//! What has the model already read?
//!
//! One layer's keys and values, in memory that is taken once. Positions can be forgotten from the end, so that the
//! next prompt keeps what it shares with the last one.

use candle_core::{DType, Device, Result, Tensor};

/// Keys and values of one layer, each `[kv_heads, capacity, head_dim]`, of which the first `length` are filled.
#[derive(Debug)]
pub(crate) struct KvCache {
    keys: Tensor,
    values: Tensor,
    length: usize,
    capacity: usize,
}

impl KvCache {
    /// An empty cache for `capacity` positions.
    pub(crate) fn new(kv_heads: usize, capacity: usize, head_dim: usize, device: &Device) -> Result<Self> {
        let shape = (kv_heads, capacity, head_dim);
        let keys = Tensor::zeros(shape, DType::F32, device)?;
        let values = Tensor::zeros(shape, DType::F32, device)?;
        Ok(Self { keys, values, length: 0, capacity })
    }

    /// Adds keys and values `[kv_heads, new, head_dim]` and returns views of everything held so far.
    pub(crate) fn append(&mut self, keys: &Tensor, values: &Tensor) -> Result<(Tensor, Tensor)> {
        let new = keys.dim(1)?;
        if self.length + new > self.capacity {
            candle_core::bail!(
                "the key-value cache holds {} positions, {} are needed",
                self.capacity,
                self.length + new
            );
        }
        self.keys.slice_set(&keys.contiguous()?, 1, self.length)?;
        self.values.slice_set(&values.contiguous()?, 1, self.length)?;
        self.length += new;
        Ok((self.keys.narrow(1, 0, self.length)?, self.values.narrow(1, 0, self.length)?))
    }

    /// Forgets every position from `length` on.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Filled positions.
    pub(crate) fn len(&self) -> usize {
        self.length
    }
}
