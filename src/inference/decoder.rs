//! How do tokens become the next token's logits?
//!
//! One forward pass for the decoder-only families that GGUF files of interest come in (gemma3, llama, phi3, qwen2,
//! qwen3). candle-transformers has a file per family; they are not used because two of them were measured to be wrong
//! for us (`SiLU` where Gemma needs GELU; a mask that hides the past when a prompt is read in pieces), because none
//! pads narrow models onto the fast kernels, and because the crate costs minutes of build time. Every family is
//! compared with llama.cpp in the tests.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::{rope, rope_i};

use super::InferenceError;
use super::decoder_config::{Activation, DecoderConfig, RopeLayout};
use super::gguf::Gguf;
use super::kv_cache::KvCache;
use super::linear::Linear;

/// Query, key and value projections: three matrices, or one that holds all (phi3).
#[derive(Debug)]
enum Projections {
    Separate { query: Linear, key: Linear, value: Linear },
    Fused(Linear),
}

/// The feed-forward network's first half: two matrices, or one that holds both (phi3).
#[derive(Debug)]
enum GateUp {
    Separate { gate: Linear, up: Linear },
    Fused(Linear),
}

#[derive(Debug)]
struct Layer {
    attention_norm: Tensor,
    projections: Projections,
    query_norm: Option<Tensor>,
    key_norm: Option<Tensor>,
    attention_out: Linear,
    attention_post_norm: Option<Tensor>,
    feed_forward_norm: Tensor,
    gate_up: GateUp,
    down: Linear,
    feed_forward_post_norm: Option<Tensor>,
    window: Option<usize>,
    cache: KvCache,
}

/// Cosines and sines `[context, rope_dims / 2]`.
#[derive(Debug)]
struct Rope {
    cos: Tensor,
    sin: Tensor,
}

/// A decoder-only language model with its key-value cache.
#[derive(Debug)]
pub(crate) struct Decoder {
    config: DecoderConfig,
    embeddings: candle_core::quantized::QMatMul,
    layers: Vec<Layer>,
    output_norm: Tensor,
    output: Linear,
    rope: Rope,
    rope_local: Rope,
    device: Device,
}

impl Decoder {
    /// Loads all weights.
    pub(crate) fn load(gguf: &mut Gguf) -> std::result::Result<Self, InferenceError> {
        let config = DecoderConfig::from_gguf(gguf)?;
        let device = gguf.device().clone();
        let embeddings = candle_core::quantized::QMatMul::from_qtensor(gguf.tensor("token_embd.weight")?)?;
        let output_name = if gguf.has("output.weight") { "output" } else { "token_embd" };
        let output = gguf.linear(output_name)?;
        let output_norm = gguf.dense("output_norm.weight")?;
        let layers = (0..config.layers)
            .map(|index| Layer::load(gguf, &config, index))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        // Long-context files carry a divisor per frequency.
        let factors = ["rope_freqs.weight", "rope_factors_short.weight"].into_iter().find(|name| gguf.has(name));
        let factors = match factors {
            Some(name) => Some(gguf.dense(name)?.to_vec1::<f32>()?),
            None => None,
        };
        let rope = Rope::new(&config, config.rope_base, config.rope_scale, factors.as_deref(), &device)?;
        let rope_local = Rope::new(&config, config.rope_base_local, 1.0, None, &device)?;
        Ok(Self { config, embeddings, layers, output_norm, output, rope, rope_local, device })
    }

    /// Most positions that fit in the cache.
    pub(crate) fn context(&self) -> usize {
        self.config.context
    }

    /// Positions held in the cache.
    pub(crate) fn position(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.cache.len())
    }

    /// Forgets every position from `length` on.
    pub(crate) fn truncate(&mut self, length: usize) {
        for layer in &mut self.layers {
            layer.cache.truncate(length);
        }
    }

    /// Reads `tokens` after what is in the cache; returns the logits `[vocabulary]` that follow the last one.
    pub(crate) fn forward(&mut self, tokens: &[u32]) -> Result<Tensor> {
        let start = self.position();
        let ids = Tensor::new(tokens, &self.device)?;
        let mut hidden = self.embeddings.embedding(&ids)?.to_dtype(DType::F32)?;
        if (self.config.embedding_scale - 1.0).abs() > f64::EPSILON {
            hidden = (hidden * self.config.embedding_scale)?;
        }
        let mask = self.mask(tokens.len(), start, None)?;
        let mask_local = self.mask(tokens.len(), start, self.config.sliding_window)?;
        for layer in &mut self.layers {
            let local = layer.window.is_some();
            let rope = if local { &self.rope_local } else { &self.rope };
            let mask = if local { mask_local.as_ref() } else { mask.as_ref() };
            hidden = layer.forward(&hidden, &self.config, rope, start, mask)?;
        }
        let last = hidden.narrow(0, tokens.len() - 1, 1)?.contiguous()?;
        let last = rms_norm(&last, &self.output_norm, self.config.norm_epsilon)?;
        self.output.forward(&last)?.i(0)
    }

    /// `[new, past + new]` of zeros and minus infinities, or `None` where a single new token sees everything.
    fn mask(&self, new: usize, past: usize, window: Option<usize>) -> Result<Option<Tensor>> {
        if new == 1 && window.is_none_or(|window| past < window) {
            return Ok(None);
        }
        let total = past + new;
        let mut mask = vec![0f32; new * total];
        for (row, values) in mask.chunks_exact_mut(total).enumerate() {
            let position = past + row;
            values[position + 1..].fill(f32::NEG_INFINITY);
            if let Some(window) = window {
                values[..(position + 1).saturating_sub(window)].fill(f32::NEG_INFINITY);
            }
        }
        Tensor::from_vec(mask, (new, total), &self.device).map(Some)
    }
}

impl Rope {
    fn new(config: &DecoderConfig, base: f64, scale: f64, factors: Option<&[f32]>, device: &Device) -> Result<Self> {
        let half = config.rope_dims / 2;
        let mut cos = Vec::with_capacity(config.context * half);
        let mut sin = Vec::with_capacity(config.context * half);
        for position in 0..config.context {
            for pair in 0..half {
                let factor = factors.and_then(|factors| factors.get(pair)).map_or(1.0, |factor| f64::from(*factor));
                let frequency = base.powf(-2.0 * pair as f64 / config.rope_dims as f64) / factor;
                let angle = position as f64 / scale * frequency;
                cos.push((angle.cos() * config.rope_magnitude) as f32);
                sin.push((angle.sin() * config.rope_magnitude) as f32);
            }
        }
        let shape = (config.context, half);
        Ok(Self { cos: Tensor::from_vec(cos, shape, device)?, sin: Tensor::from_vec(sin, shape, device)? })
    }

    /// Rotates `[heads, new, head_dim]`; dimensions beyond the rotated ones pass unchanged.
    fn apply(&self, input: &Tensor, start: usize, config: &DecoderConfig) -> Result<Tensor> {
        let (_, new, head_dim) = input.dims3()?;
        let cos = self.cos.narrow(0, start, new)?;
        let sin = self.sin.narrow(0, start, new)?;
        let rotate = |part: &Tensor| -> Result<Tensor> {
            let part = part.unsqueeze(0)?.contiguous()?;
            match config.rope_layout {
                RopeLayout::Halves => rope(&part, &cos, &sin)?.squeeze(0),
                RopeLayout::Interleaved => rope_i(&part, &cos, &sin)?.squeeze(0),
            }
        };
        if config.rope_dims == head_dim {
            return rotate(input);
        }
        let rotated = rotate(&input.narrow(D::Minus1, 0, config.rope_dims)?)?;
        let rest = input.narrow(D::Minus1, config.rope_dims, head_dim - config.rope_dims)?;
        Tensor::cat(&[&rotated, &rest], D::Minus1)
    }
}

impl Layer {
    fn load(gguf: &mut Gguf, config: &DecoderConfig, index: usize) -> std::result::Result<Self, InferenceError> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let optional = |gguf: &mut Gguf, part: &str| -> std::result::Result<Option<Tensor>, InferenceError> {
            let name = format!("{}.weight", name(part));
            if gguf.has(&name) { gguf.dense(&name).map(Some) } else { Ok(None) }
        };
        let projections = if gguf.has(&name("attn_qkv.weight")) {
            Projections::Fused(gguf.linear(&name("attn_qkv"))?)
        } else {
            Projections::Separate {
                query: gguf.linear(&name("attn_q"))?,
                key: gguf.linear(&name("attn_k"))?,
                value: gguf.linear(&name("attn_v"))?,
            }
        };
        let gate_up = if gguf.has(&name("ffn_gate.weight")) {
            GateUp::Separate { gate: gguf.linear(&name("ffn_gate"))?, up: gguf.linear(&name("ffn_up"))? }
        } else {
            GateUp::Fused(gguf.linear(&name("ffn_up"))?)
        };
        let device = gguf.device().clone();
        Ok(Self {
            attention_norm: gguf.dense(&name("attn_norm.weight"))?,
            projections,
            query_norm: optional(gguf, "attn_q_norm")?,
            key_norm: optional(gguf, "attn_k_norm")?,
            attention_out: gguf.linear(&name("attn_output"))?,
            attention_post_norm: optional(gguf, "post_attention_norm")?,
            feed_forward_norm: gguf.dense(&name("ffn_norm.weight"))?,
            gate_up,
            down: gguf.linear(&name("ffn_down"))?,
            feed_forward_post_norm: optional(gguf, "post_ffw_norm")?,
            window: config.sliding_window.filter(|_| config.is_local(index)),
            cache: KvCache::new(config.kv_heads, config.context, config.head_dim, &device)?,
        })
    }

    fn forward(
        &mut self,
        input: &Tensor,
        config: &DecoderConfig,
        rope: &Rope,
        start: usize,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let normed = rms_norm(input, &self.attention_norm, config.norm_epsilon)?;
        let mut attended = self.attend(&normed, config, rope, start, mask)?;
        if let Some(norm) = &self.attention_post_norm {
            attended = rms_norm(&attended, norm, config.norm_epsilon)?;
        }
        let hidden = (input + attended)?;
        let normed = rms_norm(&hidden, &self.feed_forward_norm, config.norm_epsilon)?;
        let mut fed = self.feed(&normed, config)?;
        if let Some(norm) = &self.feed_forward_post_norm {
            fed = rms_norm(&fed, norm, config.norm_epsilon)?;
        }
        hidden + fed
    }

    /// Grouped-query attention over the cache; `[new, hidden]` to `[new, hidden]`.
    fn attend(
        &mut self,
        input: &Tensor,
        config: &DecoderConfig,
        rope: &Rope,
        start: usize,
        mask: Option<&Tensor>,
    ) -> Result<Tensor> {
        let new = input.dim(0)?;
        let (heads, kv_heads, head_dim) = (config.heads, config.kv_heads, config.head_dim);
        let (query, key, value) = match &self.projections {
            Projections::Separate { query, key, value } => {
                (query.forward(input)?, key.forward(input)?, value.forward(input)?)
            }
            Projections::Fused(all) => {
                let all = all.forward(input)?;
                let (queries, keys) = (heads * head_dim, kv_heads * head_dim);
                (
                    all.narrow(1, 0, queries)?.contiguous()?,
                    all.narrow(1, queries, keys)?.contiguous()?,
                    all.narrow(1, queries + keys, keys)?.contiguous()?,
                )
            }
        };
        let split = |tensor: Tensor, count: usize, norm: Option<&Tensor>| -> Result<Tensor> {
            let tensor = tensor.reshape((new, count, head_dim))?;
            let tensor = match norm {
                Some(norm) => rms_norm(&tensor, norm, config.norm_epsilon)?,
                None => tensor,
            };
            tensor.transpose(0, 1)?.contiguous()
        };
        let query = rope.apply(&split(query, heads, self.query_norm.as_ref())?, start, config)?;
        let key = rope.apply(&split(key, kv_heads, self.key_norm.as_ref())?, start, config)?;
        let value = split(value, kv_heads, None)?;
        let (keys, values) = self.cache.append(&key, &value)?;
        let total = keys.dim(1)?;
        // Heads that share keys are stacked as rows, so that keys and values are never copied per head.
        let group = heads / kv_heads;
        let query = (query * (1.0 / (head_dim as f64).sqrt()))?.reshape((kv_heads, group * new, head_dim))?;
        let mut scores = query.matmul(&keys.transpose(1, 2)?)?;
        if let Some(mask) = mask {
            scores = scores.reshape((kv_heads * group, new, total))?.broadcast_add(mask)?;
            scores = scores.reshape((kv_heads, group * new, total))?;
        }
        let mixed = softmax_last_dim(&scores)?.matmul(&values)?;
        let mixed = mixed.reshape((heads, new, head_dim))?.transpose(0, 1)?.reshape((new, heads * head_dim))?;
        self.attention_out.forward(&mixed)
    }

    fn feed(&self, input: &Tensor, config: &DecoderConfig) -> Result<Tensor> {
        let (gate, up) = match &self.gate_up {
            GateUp::Separate { gate, up } => (gate.forward(input)?, up.forward(input)?),
            GateUp::Fused(both) => {
                let both = both.forward(input)?;
                let width = config.feed_forward;
                (both.narrow(1, 0, width)?.contiguous()?, both.narrow(1, width, width)?.contiguous()?)
            }
        };
        let gate = match config.activation {
            Activation::Silu => silu(&gate)?,
            Activation::GeluTanh => gate.gelu()?,
        };
        self.down.forward(&(gate * up)?)
    }
}
