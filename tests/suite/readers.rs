//! What do the readers make of real files? One stored picture of the reading for each fixture.

use std::fmt::Write as _;
use std::path::PathBuf;

use rutinlots::ingest::{BlockKind, ReadError, interpret, read_file};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A reading and the metadata made of it, as lines that a person can check against the file.
fn picture(name: &str) -> String {
    let path = fixture(name);
    let reading = match read_file(&path) {
        Ok(reading) => reading,
        Err(ReadError::Damaged { format, .. }) => return format!("damaged {format}"),
        Err(error) => return format!("error: {error}"),
    };
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("title: {}", reading.title.as_deref().unwrap_or("-")));
    line(format!("pages: {}", reading.pages.map_or("-".to_owned(), |pages| pages.to_string())));
    for warning in &reading.warnings {
        line(format!("warning: {warning}"));
    }
    for (label, value) in &reading.properties {
        line(format!("prop {label} = {value}"));
    }
    for block in &reading.blocks {
        let page = block.page.map_or(String::new(), |page| format!(" p{page}"));
        line(match &block.kind {
            BlockKind::Heading { level } => format!("[H{level}{page}] {}", block.text),
            BlockKind::Paragraph => format!("[P{page}] {}", block.text),
            BlockKind::ListItem { depth, marker } => {
                format!("{}{marker} [L{page}] {}", "  ".repeat(usize::from(*depth)), block.text)
            }
            BlockKind::TableRow { .. } => format!("row{page}: {}", block.text),
        });
    }
    let metadata = interpret(&reading, "fil-namn");
    let _ = write!(out, "{metadata:#?}");
    out
}

macro_rules! pictures {
    ($($test:ident: $file:literal,)*) => {
        $(#[test]
        fn $test() {
            insta::assert_snapshot!(picture($file));
        })*
    };
}

pictures! {
    a_word_file_with_swedish_styles: "svenska-stilar.docx",
    a_word_file_from_libreoffice: "libreoffice.docx",
    an_empty_word_file: "tom.docx",
    a_pdf_with_a_table_over_pages: "tabell-over-sidor.pdf",
    a_pdf_printed_from_a_browser: "webbutskrift.pdf",
    a_pdf_named_docx: "egentligen-pdf.docx",
    a_damaged_pdf: "skadad.pdf",
    an_intranet_page: "intranat.html",
    a_text_in_windows_1252: "anslag-windows-1252.txt",
    markdown_with_front_matter: "framsida.md",
    a_word_template_with_everything: "office/word-mall.docx",
    the_same_template_in_opendocument: "office/word-mall.odt",
    a_word_file_from_a_program: "office/python-docx.docx",
    a_word_file_from_pandoc: "office/pandoc.docx",
    an_opendocument_text_from_pandoc: "office/pandoc.odt",
    an_excel_file: "office/kontaktlista.xlsx",
    an_opendocument_spreadsheet: "office/kontaktlista.ods",
    a_presentation: "office/introduktion.pptx",
    a_page_of_an_old_portal: "office/portal.html",
    a_text_in_utf_16: "office/anslag-utf16-utan-marke.txt",
}
