//! How does a file become a document that can be searched and cited?
//!
//! [`readers`] turn a file into blocks in reading order ([`document::Reading`]); [`metadata`] makes sense of what the
//! file says of itself. Not here: the index and everything after it.

pub mod document;
pub mod metadata;
pub mod passages;
pub mod readers;
pub mod versions;
pub mod walk;

pub use document::{
    Block, BlockKind, DocumentId, Metadata, OcrPage, ReadError, Reading, Span, Standing, Validity, fold_whitespace,
    row_text,
};
pub use metadata::{SIDE_ENDING, SideFile, interpret, interpret_with};
pub use readers::{is_supported, read_file};
