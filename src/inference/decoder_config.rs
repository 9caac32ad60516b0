//! Which of the decoder families is this file, and what are its sizes?
//!
//! The five families differ in a handful of switches; they are read from the GGUF header here, so that the forward
//! pass is written once. The values follow llama.cpp, which defines what a GGUF file of each architecture means.

use super::InferenceError;
use super::gguf::Gguf;

/// Longest context that memory is taken for; routines' answers need far less than models offer.
pub(crate) const MAX_CONTEXT: usize = 4096;

/// Nonlinearity of the feed-forward network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x * sigmoid(x)
    Silu,
    /// The tanh approximation of GELU.
    GeluTanh,
}

/// How the rotary embedding pairs up dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RopeLayout {
    /// Neighbours (0,1), (2,3) ...
    Interleaved,
    /// Halves (0, d/2), (1, d/2 + 1) ...
    Halves,
}

/// Sizes and switches of a decoder-only transformer.
#[derive(Debug, Clone)]
pub(crate) struct DecoderConfig {
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) feed_forward: usize,
    pub(crate) norm_epsilon: f32,
    pub(crate) rope_layout: RopeLayout,
    pub(crate) rope_dims: usize,
    pub(crate) rope_base: f64,
    /// Divides positions of full-attention layers.
    pub(crate) rope_scale: f64,
    /// Base for sliding-window layers, if they have one of their own.
    pub(crate) rope_base_local: f64,
    /// Multiplies sines and cosines (phi3's long context).
    pub(crate) rope_magnitude: f64,
    /// Keys further back than this are hidden in sliding-window layers.
    pub(crate) sliding_window: Option<usize>,
    /// Every n-th layer sees everything; `1` means that all do, `0` that none does.
    pub(crate) full_attention_every: usize,
    pub(crate) embedding_scale: f64,
    pub(crate) activation: Activation,
    pub(crate) context: usize,
}

impl DecoderConfig {
    /// Reads the header of a generative model.
    pub(crate) fn from_gguf(gguf: &Gguf) -> Result<Self, InferenceError> {
        let architecture = gguf.text("general.architecture")?;
        let key = |name: &str| format!("{architecture}.{name}");
        if !matches!(architecture.as_str(), "gemma3" | "llama" | "phi3" | "qwen2" | "qwen3") {
            return Err(InferenceError::UnknownArchitecture(architecture));
        }
        let gemma = architecture == "gemma3";
        let hidden = gguf.number(&key("embedding_length"))?;
        let heads = gguf.number(&key("attention.head_count"))?;
        if heads == 0 {
            return Err(gguf.bad("it has no attention heads"));
        }
        let kv_heads = gguf.number_or(&key("attention.head_count_kv"))?.unwrap_or(heads);
        if kv_heads == 0 || !heads.is_multiple_of(kv_heads) {
            return Err(gguf.bad("the attention heads are not a multiple of the key-value heads"));
        }
        let head_dim = gguf.number_or(&key("attention.key_length"))?.unwrap_or(hidden / heads);
        let trained_context = gguf.number(&key("context_length"))?;
        let rope_base = gguf.fraction(&key("rope.freq_base"), if gemma { 1_000_000.0 } else { 10_000.0 });
        let scaling = gguf.text(&key("rope.scaling.type")).unwrap_or_default();
        let rope_scale = match scaling.as_str() {
            "linear" => gguf.fraction(&key("rope.scaling.factor"), 1.0),
            _ => 1.0,
        };
        // For phi3 llama.cpp switches its window off: the attention of released files is full within their context.
        let sliding_window = if gemma { gguf.number_or(&key("attention.sliding_window"))? } else { None };
        // Long-context phi3 files multiply their rotary angles' magnitude only beyond the original context.
        let original_context = gguf.number_or(&key("rope.scaling.original_context_length"))?;
        let context = trained_context.min(original_context.unwrap_or(trained_context)).min(MAX_CONTEXT);
        Ok(Self {
            layers: gguf.number(&key("block_count"))?,
            heads,
            kv_heads,
            head_dim,
            feed_forward: gguf.number(&key("feed_forward_length"))?,
            norm_epsilon: gguf.fraction(&key("attention.layer_norm_rms_epsilon"), 1e-6) as f32,
            rope_layout: if architecture == "llama" { RopeLayout::Interleaved } else { RopeLayout::Halves },
            rope_dims: gguf.number_or(&key("rope.dimension_count"))?.filter(|_| !gemma).unwrap_or(head_dim),
            rope_base,
            rope_scale: if rope_scale > 0.0 { rope_scale } else { 1.0 },
            rope_base_local: if gemma { gguf.fraction(&key("rope.freq_base_swa"), 10_000.0) } else { rope_base },
            rope_magnitude: gguf.fraction(&key("rope.scaling.attn_factor"), 1.0),
            sliding_window,
            full_attention_every: if sliding_window.is_some() { 6 } else { 1 },
            embedding_scale: if gemma { (hidden as f64).sqrt() } else { 1.0 },
            activation: if gemma { Activation::GeluTanh } else { Activation::Silu },
            context,
        })
    }

    /// Whether layer `index` sees only a window of the past.
    pub(crate) fn is_local(&self, index: usize) -> bool {
        self.sliding_window.is_some() && !(index + 1).is_multiple_of(self.full_attention_every.max(1))
    }
}
