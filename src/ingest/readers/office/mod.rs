//! How do the files of office programs become blocks?
//!
//! Each kind has its folder; what they share lies beside them: the zip package ([`package`]), its XML ([`xml`]), its
//! document properties ([`properties`]) and how lists count ([`counting`]). Old binary kinds go through LibreOffice
//! ([`legacy`]). Not here: which reader a file gets ([`super::read_file`]).

mod counting;
pub(super) mod docx;
pub(super) mod legacy;
pub(super) mod odf;
pub(super) mod package;
pub(super) mod pptx;
mod properties;
pub(super) mod sheets;
mod symbols;
mod xml;
