//! Bad files that are too large or too odd to be kept.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A file of `bytes` zeros that takes no room on the disk.
pub(super) fn sparse(path: &Path, bytes: u64) -> io::Result<()> {
    File::create(path)?.set_len(bytes)
}

/// Twenty megabytes of sentences.
pub(super) fn endless_text(path: &Path) -> io::Result<()> {
    std::fs::write(path, "Nyckeln kvitteras i listan bredvid skåpet.\n\n".repeat(450_000))
}

/// A package with one part for each pair of a name and its contents.
fn package(path: &Path, parts: &[(&str, &[u8])]) -> io::Result<()> {
    let mut writer = ZipWriter::new(File::create(path)?);
    for (name, contents) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).map_err(io::Error::other)?;
        writer.write_all(contents)?;
    }
    writer.finish().map_err(io::Error::other)?;
    Ok(())
}

/// A Word file with this body.
fn word_file(path: &Path, before: &str, body: &str) -> io::Result<()> {
    let document = format!("{before}<w:document xmlns:w='w'><w:body>{body}</w:body></w:document>");
    package(path, &[("word/document.xml", document.as_bytes())])
}

pub(super) fn zip_bomb(path: &Path) -> io::Result<()> {
    let spaces = vec![b' '; 60_000_000];
    package(path, &[("word/document.xml", &spaces)])
}

/// The same bomb; all its headers say that it holds a thousand bytes.
pub(super) fn lying_zip_bomb(path: &Path) -> io::Result<()> {
    zip_bomb(path)?;
    let bytes = std::fs::read(path)?;
    let truth = 60_000_000u32.to_le_bytes();
    let mut changed = bytes.clone();
    let mut lies = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == truth {
            changed[at..at + 4].copy_from_slice(&1_000u32.to_le_bytes());
            lies += 1;
        }
    }
    assert!(lies > 0, "the size is written nowhere");
    std::fs::write(path, changed)
}

/// A package as office programs lock a text: its list of parts says how.
pub(super) fn locked_open_document(path: &Path) -> io::Result<()> {
    let manifest = "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'>\
        <manifest:file-entry manifest:full-path='content.xml' manifest:media-type='text/xml'>\
        <manifest:encryption-data manifest:checksum-type='SHA256/1K'/></manifest:file-entry></manifest:manifest>";
    package(path, &[("META-INF/manifest.xml", manifest.as_bytes()), ("content.xml", &[7; 64])])
}

pub(super) fn deep_word_file(path: &Path) -> io::Result<()> {
    let depth = 100_000;
    word_file(path, "", &format!("{}{}", "<w:sdt>".repeat(depth), "</w:sdt>".repeat(depth)))
}

/// Ten entities, each of ten of the one before: ten thousand million laughs.
pub(super) fn word_file_with_entities(path: &Path) -> io::Result<()> {
    let mut before = "<!DOCTYPE d [<!ENTITY a0 'ha'>".to_owned();
    for level in 1..=10 {
        let inner = format!("&a{};", level - 1).repeat(10);
        let _ = write!(before, "<!ENTITY a{level} '{inner}'>");
    }
    before.push_str("]>");
    word_file(path, &before, "<w:p><w:r><w:t>&a10;</w:t></w:r></w:p>")
}

pub(super) fn deep_page(path: &Path) -> io::Result<()> {
    std::fs::write(path, format!("<!DOCTYPE html><body>{}<p>Längst in.", "<div>".repeat(200_000)))
}

/// A PDF whose catalogue holds lists within lists within lists.
pub(super) fn deep_pdf(path: &Path) -> io::Result<()> {
    let depth = 3_000_000;
    let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    write_pdf(path, &[format!("<</Type/Catalog/Pages 2 0 R/Lists {lists}>>"), "<</Type/Pages/Kids[]/Count 0>>".into()])
}

/// A PDF with a drawing whose drawing is itself.
pub(super) fn form_in_itself(path: &Path) -> io::Result<()> {
    let draw = "<</Length 6>>\nstream\n/F Do \nendstream";
    let form = draw.replacen("<<", "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>", 1);
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R>>";
    let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    write_pdf(path, &["<</Type/Catalog/Pages 2 0 R>>".into(), pages.into(), page.into(), draw.into(), form])
}

/// A PDF of so many pages, each with a sentence of its own.
pub(super) fn pages(path: &Path, count: usize) -> io::Result<()> {
    write_pdf(path, &page_objects(count))
}

/// Two pages and a picture of so many bytes, which take no room on the disk.
pub(super) fn pages_with_a_picture(path: &Path, bytes: u64) -> io::Result<()> {
    pages(path, 2)?;
    let text = std::fs::read_to_string(path)?;
    let cut = text.find("xref\n").ok_or_else(|| io::Error::other("no table"))?;
    let mut file = File::options().write(true).open(path)?;
    file.set_len(cut as u64)?;
    file.seek(SeekFrom::Start(cut as u64))?;
    let number = page_objects(2).len() + 1;
    let head = format!(
        "{number} 0 obj\n<</Type/XObject/Subtype/Image/Width 10000/Height {}/ColorSpace/DeviceGray\
         /BitsPerComponent 8/Length {bytes}>>\nstream\n",
        bytes / 10_000
    );
    file.write_all(head.as_bytes())?;
    file.seek(SeekFrom::Current(bytes as i64))?;
    let start = cut as u64 + head.len() as u64 + bytes + "\nendstream\nendobj\n".len() as u64;
    file.write_all(b"\nendstream\nendobj\n")?;
    // The old table still tells the right places; the picture's is put in behind it.
    let table = &text[cut..];
    let table = table.replacen(&format!("xref\n0 {number}\n"), &format!("xref\n0 {}\n", number + 1), 1);
    let table = table.replacen("trailer\n", &format!("{cut:010} 00000 n \ntrailer\n"), 1);
    let table = table.replacen(&format!("startxref\n{cut}\n"), &format!("startxref\n{start}\n"), 1);
    file.write_all(table.replacen(&format!("/Size {number}"), &format!("/Size {}", number + 1), 1).as_bytes())
}

fn page_objects(count: usize) -> Vec<String> {
    let mut kids = String::new();
    for page in 0..count {
        let _ = write!(kids, "{} 0 R ", 4 + 2 * page);
    }
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {count}>>"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for page in 0..count {
        // In the middle of the page, where no page header or footer stands.
        let content = format!(
            "BT /F1 12 Tf 14 TL 72 450 Td (Sida nummer {} handlar om nycklar.) Tj T* (Den som tar en nyckel kvitterar \
             den i listan.) Tj T* (Ring enhetschefen om en nyckel saknas.) Tj ET",
            page + 1
        );
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
            5 + 2 * page
        ));
        objects.push(format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()));
    }
    objects
}

fn write_pdf(path: &Path, objects: &[String]) -> io::Result<()> {
    let mut out = "%PDF-1.5\n".to_owned();
    let mut table = String::new();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (out.len(), objects.len() + 1);
    let _ = write!(out, "xref\n0 {size}\n0000000000 65535 f \n{table}");
    let _ = write!(out, "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    std::fs::write(path, out)
}

/// A compound file that holds an e-mail and no document.
pub(super) fn compound_file(path: &Path) -> std::io::Result<()> {
    let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    bytes.resize(512, 0);
    bytes.extend("__substg1.0_0037001F".encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(1024, 0);
    std::fs::write(path, bytes)
}
