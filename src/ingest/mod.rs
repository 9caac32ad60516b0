//! How does a file become a document that can be searched and cited?
//!
//! [`readers`] turn a file into blocks in reading order ([`document::Reading`]); [`metadata`] makes sense of what the
//! file says of itself; [`isolated`] lets them run where a bad file can do no harm, and [`left_out`] says why a file is
//! not there. Not here: the index and everything after it.

pub mod document;
pub mod isolated;
pub mod left_out;
pub mod metadata;
pub mod passages;
pub mod readers;
pub mod source;
pub mod versions;
pub mod walk;

pub use document::{
    Block, BlockKind, DocumentId, Link, Metadata, OcrPage, ReadError, Reading, Replaced, Span, Standing, Validity,
    fold_whitespace, row_text,
};
pub use isolated::FileReader;
pub use left_out::{LeftOut, LeftOutKind};
pub use metadata::{SideFile, interpret, interpret_with};
pub use readers::{is_supported, read_file, supported_kinds};
