//! What is in a GGUF file?
//!
//! A thin reading layer over candle's parser: typed look-ups with errors that name the key, and tensors by name.
//! It knows nothing of any architecture.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use candle_core::quantized::QTensor;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Tensor};

use super::InferenceError;
use super::linear::Linear;

/// An open GGUF file.
pub(crate) struct Gguf {
    content: Content,
    reader: BufReader<File>,
    device: Device,
    name: String,
}

impl Gguf {
    /// Opens a file and reads its header; tensors are read later, onto `device`.
    pub(crate) fn open(path: &Path, device: &Device) -> Result<Self, InferenceError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| InferenceError::File { path: name.clone(), source })?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let content = Content::read(&mut reader)
            .map_err(|error| InferenceError::BadModel { path: name.clone(), reason: error.to_string() })?;
        Ok(Self { content, reader, device: device.clone(), name })
    }

    /// The parsed header, for code of candle's that wants it.
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// Device that tensors are read onto.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// An error that names this file.
    pub(crate) fn bad(&self, reason: impl Into<String>) -> InferenceError {
        InferenceError::BadModel { path: self.name.clone(), reason: reason.into() }
    }

    /// Replaces a value of the header.
    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.content.metadata.insert(key.to_owned(), value);
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.content.metadata.get(key)
    }

    /// A text value.
    pub(crate) fn text(&self, key: &str) -> Result<String, InferenceError> {
        let value = self.value(key).ok_or_else(|| self.bad(format!("the key {key} is missing")))?;
        value.to_string().cloned().map_err(|_| self.bad(format!("the key {key} is not text")))
    }

    /// A whole number of any width.
    pub(crate) fn number(&self, key: &str) -> Result<usize, InferenceError> {
        self.number_or(key)?.ok_or_else(|| self.bad(format!("the key {key} is missing")))
    }

    /// A whole number of any width, if the key is there. An array (some writers give one value per layer) yields its
    /// first element.
    pub(crate) fn number_or(&self, key: &str) -> Result<Option<usize>, InferenceError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let value = match value {
            Value::Array(values) => values.first().unwrap_or(value),
            other => other,
        };
        let number = match value {
            Value::I32(number) => u64::try_from(*number).ok(),
            Value::I64(number) => u64::try_from(*number).ok(),
            other => other.to_u64().ok(),
        };
        match number {
            Some(number) => Ok(Some(number as usize)),
            None => Err(self.bad(format!("the key {key} is not a whole number"))),
        }
    }

    /// A fraction, or `default` if the key is missing.
    pub(crate) fn fraction(&self, key: &str, default: f64) -> f64 {
        match self.value(key) {
            Some(Value::F64(number)) => *number,
            Some(value) => value.to_f32().map_or(default, f64::from),
            None => default,
        }
    }

    /// A truth value, or `default` if the key is missing.
    pub(crate) fn flag(&self, key: &str, default: bool) -> bool {
        self.value(key).and_then(|value| value.to_bool().ok()).unwrap_or(default)
    }

    /// An array.
    pub(crate) fn array(&self, key: &str) -> Result<&[Value], InferenceError> {
        match self.value(key) {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(self.bad(format!("the list {key} is missing"))),
        }
    }

    /// Whether a tensor of that name is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// A tensor as it is stored.
    pub(crate) fn tensor(&mut self, name: &str) -> Result<QTensor, InferenceError> {
        self.content
            .tensor(&mut self.reader, name, &self.device)
            .map_err(|error| self.bad(format!("tensor {name}: {error}")))
    }

    /// A tensor as 32-bit floats (norms, biases).
    pub(crate) fn dense(&mut self, name: &str) -> Result<Tensor, InferenceError> {
        let device = self.device.clone();
        Ok(self.tensor(name)?.dequantize(&device)?)
    }

    /// `{name}.weight` with `{name}.bias` if there is one.
    pub(crate) fn linear(&mut self, name: &str) -> Result<Linear, InferenceError> {
        let bias_name = format!("{name}.bias");
        let bias = if self.has(&bias_name) { Some(self.dense(&bias_name)?) } else { None };
        let device = self.device.clone();
        Ok(Linear::new(self.tensor(&format!("{name}.weight"))?, bias, &device)?)
    }
}
