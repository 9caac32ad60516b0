//! How does the packaged multilingual-e5-small become a GGUF file?
//!
//! The Python registry holds the model in a format of its own, `E5S1`: header, vocabulary, character map, tensors in
//! 4-bit blocks. The conversion copies every number as it is (the blocks are bit-identical to GGUF's `Q4_0`) under the
//! names that llama.cpp gives a BERT, so that the file's SHA-256 can be pinned and any other GGUF of that family is
//! read by the same code.

use std::borrow::Cow;
use std::io::{Seek, Write};

use candle_core::Device;
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QStorage, QTensor};

use super::InferenceError;

/// A cursor over the file that refuses to read past its end.
struct Cursor<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], InferenceError> {
        let end = self.position.checked_add(count).filter(|end| *end <= self.data.len());
        let end = end.ok_or_else(|| bad(format!("it ends at byte {}", self.data.len())))?;
        let taken = &self.data[self.position..end];
        self.position = end;
        Ok(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], InferenceError> {
        let taken = self.take(N)?;
        let mut out = [0; N];
        out.copy_from_slice(taken);
        Ok(out)
    }

    fn u16(&mut self) -> Result<u16, InferenceError> {
        Ok(u16::from_le_bytes(self.bytes()?))
    }

    fn u32(&mut self) -> Result<u32, InferenceError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, InferenceError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn f32(&mut self) -> Result<f32, InferenceError> {
        Ok(f32::from_le_bytes(self.bytes()?))
    }
}

fn bad(reason: impl Into<String>) -> InferenceError {
    InferenceError::BadModel { path: "e5-small-q4.bin".to_owned(), reason: reason.into() }
}

/// Writes the GGUF form of an `E5S1` file's contents. The same input gives the same bytes.
pub fn convert<W: Write + Seek>(data: &[u8], out: &mut W) -> Result<(), InferenceError> {
    let mut cursor = Cursor { data, position: 0 };
    if cursor.take(4)? != b"E5S1" || cursor.u32()? != 1 {
        return Err(bad("it is not an E5S1 file of version 1"));
    }
    let mut sizes = [0u32; 7];
    for size in &mut sizes {
        *size = cursor.u32()?;
    }
    let [hidden, layers, heads, feed_forward, vocabulary, positions, types] = sizes;
    let epsilon = cursor.f32()?;
    let block = cursor.u32()?;
    if block != 32 {
        return Err(bad(format!("its blocks hold {block} weights instead of 32")));
    }
    let mut metadata = vec![
        ("general.architecture".to_owned(), Value::String("bert".into())),
        ("general.name".to_owned(), Value::String("multilingual-e5-small".into())),
        ("bert.block_count".to_owned(), Value::U32(layers)),
        ("bert.context_length".to_owned(), Value::U32(positions)),
        ("bert.embedding_length".to_owned(), Value::U32(hidden)),
        ("bert.feed_forward_length".to_owned(), Value::U32(feed_forward)),
        ("bert.attention.head_count".to_owned(), Value::U32(heads)),
        ("bert.attention.layer_norm_epsilon".to_owned(), Value::F32(epsilon)),
    ];
    read_vocabulary(&mut cursor, &mut metadata)?;
    let dimensions = Dimensions { hidden, feed_forward, vocabulary, positions, types };
    let tensors = read_tensors(&mut cursor, &dimensions)?;
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    Ok(gguf_file::write(out, &metadata, &tensors)?)
}

fn read_vocabulary(cursor: &mut Cursor<'_>, metadata: &mut Vec<(String, Value)>) -> Result<(), InferenceError> {
    let pieces = cursor.u32()? as usize;
    let specials = ["bos", "eos", "padding", "unknown"];
    for name in specials {
        metadata.push((format!("tokenizer.ggml.{name}_token_id"), Value::U32(cursor.u32()?)));
    }
    let blob_length = cursor.u64()? as usize;
    let offsets = (0..=pieces).map(|_| cursor.u32()).collect::<Result<Vec<_>, _>>()?;
    let scores = (0..pieces).map(|_| cursor.f32().map(Value::F32)).collect::<Result<Vec<_>, _>>()?;
    let blob = cursor.take(blob_length)?;
    let mut tokens = Vec::with_capacity(pieces);
    for pair in offsets.windows(2) {
        let piece = blob.get(pair[0] as usize..pair[1] as usize).ok_or_else(|| bad("a piece lies outside the blob"))?;
        let piece = std::str::from_utf8(piece).map_err(|_| bad("a piece is not UTF-8"))?;
        tokens.push(Value::String(piece.to_owned()));
    }
    metadata.push(("tokenizer.ggml.model".to_owned(), Value::String("t5".into())));
    metadata.push(("tokenizer.ggml.tokens".to_owned(), Value::Array(tokens)));
    metadata.push(("tokenizer.ggml.scores".to_owned(), Value::Array(scores)));
    // The character map as text, "from<TAB>to": GGUF has no type for it, and text survives every tool.
    let entries = cursor.u32()? as usize;
    let bytes = cursor.u32()? as usize;
    let end = cursor.position + bytes;
    let mut map = Vec::with_capacity(entries);
    for _ in 0..entries {
        let from = character(cursor.u32()?)?;
        let length = cursor.bytes::<1>()?[0];
        let to = (0..length).map(|_| character(cursor.u32()?)).collect::<Result<String, _>>()?;
        map.push(Value::String(format!("{from}\t{to}")));
    }
    if cursor.position != end {
        return Err(bad("the character map has another length than it says"));
    }
    metadata.push(("tokenizer.rutinlots.character_map".to_owned(), Value::Array(map)));
    Ok(())
}

fn character(code: u32) -> Result<char, InferenceError> {
    char::from_u32(code).ok_or_else(|| bad(format!("{code} is no character")))
}

struct Dimensions {
    hidden: u32,
    feed_forward: u32,
    vocabulary: u32,
    positions: u32,
    types: u32,
}

fn read_tensors(cursor: &mut Cursor<'_>, sizes: &Dimensions) -> Result<Vec<(String, QTensor)>, InferenceError> {
    let count = cursor.u32()?;
    let mut tensors = Vec::new();
    for _ in 0..count {
        let name_length = usize::from(cursor.u16()?);
        let name = std::str::from_utf8(cursor.take(name_length)?).map_err(|_| bad("a tensor's name is not UTF-8"))?;
        let dtype = match cursor.bytes::<1>()?[0] {
            0 => GgmlDType::F32,
            1 => GgmlDType::Q4_0,
            other => return Err(bad(format!("tensor {name} has the unknown type {other}"))),
        };
        let elements = cursor.u32()? as usize;
        let offset = cursor.u64()? as usize;
        let length = cursor.u64()? as usize;
        let bytes = offset.checked_add(length).and_then(|end| cursor.data.get(offset..end));
        let bytes = bytes.ok_or_else(|| bad(format!("tensor {name} lies outside the file")))?;
        let (target, shape) = place(name, elements, sizes)?;
        if shape.iter().product::<usize>() != elements {
            return Err(bad(format!("tensor {name} has {elements} weights, {shape:?} was expected")));
        }
        let storage = QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, dtype)?;
        tensors.push((target, QTensor::new(storage, shape)?));
    }
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(tensors)
}

/// GGUF name and shape of a tensor.
fn place(name: &str, elements: usize, sizes: &Dimensions) -> Result<(String, Vec<usize>), InferenceError> {
    let hidden = sizes.hidden as usize;
    let feed_forward = sizes.feed_forward as usize;
    let unknown = || bad(format!("tensor {name} is not part of a BERT"));
    let fixed = match name {
        "emb.word" => Some(("token_embd.weight", vec![sizes.vocabulary as usize, hidden])),
        "emb.pos" => Some(("position_embd.weight", vec![sizes.positions as usize, hidden])),
        "emb.type" => Some(("token_types.weight", vec![sizes.types as usize, hidden])),
        "emb.ln.w" => Some(("token_embd_norm.weight", vec![hidden])),
        "emb.ln.b" => Some(("token_embd_norm.bias", vec![hidden])),
        _ => None,
    };
    if let Some((target, shape)) = fixed {
        return Ok((target.to_owned(), shape));
    }
    let (layer, rest) = name.strip_prefix('l').and_then(|rest| rest.split_once('.')).ok_or_else(unknown)?;
    let (part, kind) = rest.rsplit_once('.').ok_or_else(unknown)?;
    let (target, outputs, inputs) = match part {
        "q" => ("attn_q", hidden, hidden),
        "k" => ("attn_k", hidden, hidden),
        "v" => ("attn_v", hidden, hidden),
        "ao" => ("attn_output", hidden, hidden),
        "aln" => ("attn_output_norm", elements, 0),
        "fi" => ("ffn_up", feed_forward, hidden),
        "fo" => ("ffn_down", hidden, feed_forward),
        "oln" => ("layer_output_norm", elements, 0),
        _ => return Err(unknown()),
    };
    let (suffix, shape) = match kind {
        "w" if inputs > 0 => ("weight", vec![outputs, inputs]),
        "w" => ("weight", vec![outputs]),
        "b" => ("bias", vec![outputs]),
        _ => return Err(unknown()),
    };
    Ok((format!("blk.{layer}.{target}.{suffix}"), shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_refused_with_a_reason() {
        let mut out = std::io::Cursor::new(Vec::new());
        for data in [&b""[..], b"E5S1", b"GGUF\x01\0\0\0", b"E5S1\x01\0\0\0\x80\x01\0\0"] {
            assert!(convert(data, &mut out).is_err());
        }
    }
}
