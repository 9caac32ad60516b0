//! Which parser's view of a page is taken?
//!
//! Opens the file with lopdf and, if need be, with hayro; a file that only one of them can open is read by that one.
//! Not here: what is done with the pages ([`super`]).

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, ObjectId};

use super::hayro::Second;
use super::hints::Hints;
use super::ink::PageInk;
use super::outline::{LinkArea, links};
use super::pictures;
use super::prepare::{self, Font, resolve};
use super::quality::{self, GOOD, READABLE};
use super::structure::text_of;
use super::window::{self, Whole};
use super::words::{Page, upright};
use super::{PdfParser, damaged, extract};
use crate::ingest::document::{Link, ReadError};

/// A page as the better parser saw it.
pub(super) struct ReadPage {
    pub(super) page: Page,
    /// There are characters but their meaning is lost; the page's words were dropped.
    pub(super) unreadable: bool,
    /// Something else than text is drawn on it.
    drawn: bool,
}

impl ReadPage {
    /// Whether there is something to see but nothing to read.
    pub(super) fn needs_recognition(&self) -> bool {
        self.unreadable || (self.page.words.is_empty() && self.drawn)
    }
}

/// A scan with fewer words than this has a stamp on it and no text.
const FEW_WORDS: usize = 6;
/// Pictures that take up less of the page than this are logos and the like.
const SCAN: f64 = 0.4;
/// More drawn shapes than this may be letters that were turned into outlines.
const MANY_SHAPES: usize = 60;

/// The second parser, which is only asked when it is needed.
enum Lazy {
    Closed,
    Open(Second),
    Failed,
}

/// An opened file.
pub(super) struct Source<'a> {
    /// The file changed for reading; `None` if lopdf cannot open it.
    document: Option<Document>,
    pages: BTreeMap<u32, ObjectId>,
    /// The page tree as it was, where a long document shows a part of its pages at a time.
    whole: Option<Whole>,
    /// The first page that is shown, and how many.
    shown: Option<(u32, usize)>,
    /// Pages with pictures on them, and what share of the page those take up together.
    pictures: BTreeMap<u32, f64>,
    fonts: Vec<Font>,
    hints: Hints,
    links: Vec<LinkArea>,
    title: Option<String>,
    second: Lazy,
    original: &'a [u8],
}

impl<'a> Source<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let loaded = catch_unwind(AssertUnwindSafe(|| Document::load_mem(bytes)));
        let loaded = loaded.unwrap_or_else(|_| Err(pdf_extract::Error::Unimplemented("the parser gave up")));
        let mut source = Self {
            document: None,
            pages: BTreeMap::new(),
            whole: None,
            shown: None,
            pictures: BTreeMap::new(),
            fonts: Vec::new(),
            hints: Hints::default(),
            links: Vec::new(),
            title: None,
            second: Lazy::Closed,
            original: bytes,
        };
        match loaded {
            Ok(mut document) => {
                if document.is_encrypted() {
                    document.decrypt("").map_err(|_| ReadError::Encrypted)?;
                }
                source.pages = document.get_pages();
                source.title = info_title(&document);
                source.hints = Hints::of(&document, &source.pages);
                source.links = links(&document, &source.pages);
                source.pictures = pictures::pictures(&document, &source.pages);
                source.fonts = prepare::annotate(&mut document);
                if source.pages.len() > window::PAGES {
                    source.whole = Whole::of(&document);
                }
                source.document = Some(document);
            }
            Err(error) => {
                // The other parser may mend it.
                let second = Second::open(bytes.to_vec()).filter(|second| second.page_count() > 0);
                let Some(second) = second else { return Err(damaged(error.to_string())) };
                source.pages = (1..=second.page_count() as u32).map(|number| (number, (0, 0))).collect();
                // Any page may be one.
                source.pictures = source.pages.keys().map(|number| (*number, f64::INFINITY)).collect();
                source.second = Lazy::Open(second);
            }
        }
        Ok(source)
    }

    pub(super) fn page_numbers(&self) -> Vec<u32> {
        self.pages.keys().copied().collect()
    }

    /// What tags and bookmarks say; taken once.
    pub(super) fn hints(&mut self) -> Hints {
        std::mem::take(&mut self.hints)
    }

    pub(super) fn info_title(&self) -> Option<String> {
        self.title.clone()
    }

    /// Reads a page with the first parser, and with the second if that comes out broken; `only` takes the choice away.
    pub(super) fn page(&mut self, number: u32, only: Option<PdfParser>) -> Result<ReadPage, String> {
        let mut first = Err("the parser cannot open the file".to_owned());
        let shown_as = self.show(number);
        if only != Some(PdfParser::Hayro)
            && let Some(document) = &self.document
        {
            let id = self.pages.get(&number).copied().unwrap_or_default();
            let rotation = prepare::rotation(document, id);
            first = extract::trace(document, shown_as).map(|ink| self.judge(number, &ink, rotation));
        }
        let good = first.as_ref().is_ok_and(|view| view.quality.is_some_and(|quality| quality >= GOOD));
        let view = if good || only == Some(PdfParser::PdfExtract) {
            first?
        } else {
            let second = self.second().ok_or_else(|| "no parser can open the file".to_owned());
            let traced = second.and_then(|second| Ok((second.trace(number)?, second.rotation(number))));
            match (first, traced.map(|(ink, rotation)| self.judge(number, &ink, rotation))) {
                (Ok(first), Ok(second)) if second.quality > first.quality => second,
                (Ok(first), _) => first,
                (Err(_), Ok(second)) => second,
                (Err(reason), Err(_)) => return Err(reason),
            }
        };
        let unreadable = view.quality.is_some_and(|quality| quality < READABLE);
        let mut read = ReadPage { page: view.page, unreadable, drawn: view.drawn };
        let scan = self.pictures.get(&number).is_some_and(|share| *share >= SCAN);
        let stamp = scan && read.page.words.len() < FEW_WORDS;
        if unreadable || stamp {
            read.page.words.clear();
            read.page.rules.clear();
        }
        Ok(read)
    }

    /// Has the document show the page; gives the number under which it does.
    fn show(&mut self, number: u32) -> u32 {
        let (Some(whole), Some(document)) = (&self.whole, &mut self.document) else { return number };
        let stays = self.shown.filter(|(first, count)| (*first..*first + *count as u32).contains(&number));
        if let Some((first, _)) = stays {
            return number - first + 1;
        }
        let ids: Vec<ObjectId> = self.pages.range(number..).take(window::PAGES).map(|(_, id)| *id).collect();
        if whole.show_only(document, &ids) {
            self.shown = Some((number, ids.len()));
            return 1;
        }
        self.whole = None;
        number
    }

    fn judge(&self, number: u32, ink: &PageInk, rotation: i64) -> View {
        let page = Page::new(number, ink, rotation, &self.fonts);
        let drawn = self.pictures.contains_key(&number) || ink.shapes > MANY_SHAPES;
        View { quality: quality::of(ink, &page), page, drawn }
    }

    fn second(&mut self) -> Option<&Second> {
        if matches!(self.second, Lazy::Closed) {
            if let (Some(whole), Some(document)) = (&self.whole, &mut self.document) {
                whole.restore(document);
                self.shown = None;
            }
            let mut bytes = Vec::new();
            let saved = self.document.as_mut().is_some_and(|document| document.save_to(&mut bytes).is_ok());
            let changed = if saved { Second::open(bytes) } else { None };
            let whole = changed.filter(|second| second.page_count() == self.pages.len());
            let opened = whole.or_else(|| Second::open(self.original.to_vec()));
            self.second = opened.map_or(Lazy::Failed, Lazy::Open);
        }
        match &self.second {
            Lazy::Open(second) => Some(second),
            Lazy::Closed | Lazy::Failed => None,
        }
    }

    /// The links with the words that they lie on.
    pub(super) fn links(&self, pages: &[Page]) -> Vec<Link> {
        let mut out: Vec<Link> = Vec::new();
        for link in &self.links {
            let Some(page) = pages.iter().find(|page| page.number == link.page) else { continue };
            let (x0, y0, x1, y1) = link.area;
            let ((ax, ay), (bx, by)) = (upright(page.rotation, (x0, y0)), upright(page.rotation, (x1, y1)));
            let covers =
                |x: f64, y: f64| (ax.min(bx)..=ax.max(bx)).contains(&x) && (ay.min(by)..=ay.max(by)).contains(&y);
            let inside = page.words.iter().filter(|word| {
                let middle = f64::midpoint(word.x0, word.x1);
                covers(middle, word.y + 0.25 * word.size)
            });
            let text = inside.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
            let text = text.trim_matches(['.', ',', ';', ':', '(', ')']).to_owned();
            match out.last_mut() {
                // A link that is broken over lines has an area for each.
                Some(last) if last.address == link.address && last.page == Some(link.page) => {
                    if !text.is_empty() {
                        super::hyphens::append_line(&mut last.text, &text, None);
                    }
                }
                // Note marks that lead back to the text lie on nothing that is read.
                _ if text.is_empty() && link.address.starts_with('#') => {}
                _ => out.push(Link { text, address: link.address.clone(), page: Some(link.page) }),
            }
        }
        out
    }
}

struct View {
    page: Page,
    /// `None` for a page without text, which is less than any number.
    quality: Option<f64>,
    drawn: bool,
}

/// Title from the document information, unless it is a file name or a template's leftover.
fn info_title(document: &Document) -> Option<String> {
    let info = resolve(document, document.trailer.get(b"Info").ok()?)?;
    let text = text_of(document, info.get(b"Title").ok()?)?;
    let lower = text.to_lowercase();
    let leftover = lower.starts_with("microsoft word")
        || [".doc", ".docx", ".dot", ".pdf", ".html"].iter().any(|end| lower.ends_with(end));
    (!leftover && !text.trim().is_empty() && lower != "untitled" && lower != "untitled document").then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use pdf_extract::{Dictionary, Object, Stream};

    use super::*;

    /// A page with two words and a picture of so many points, drawn so large.
    fn page_with_picture(points: (i64, i64), drawn: (i64, i64)) -> Vec<u8> {
        let dictionary = |entries: Vec<(&str, Object)>| {
            let mut dictionary = Dictionary::new();
            for (key, value) in entries {
                dictionary.set(key, value);
            }
            dictionary
        };
        let name = |name: &str| Object::Name(name.as_bytes().to_vec());
        let mut document = Document::with_version("1.5");
        let font = vec![("Type", name("Font")), ("Subtype", name("Type1")), ("BaseFont", name("Helvetica"))];
        let font = document.add_object(dictionary(font));
        let picture = vec![("Subtype", name("Image")), ("Width", points.0.into()), ("Height", points.1.into())];
        let picture = document.add_object(Stream::new(dictionary(picture), vec![255]));
        let content = format!("q {} 0 0 {} 0 0 cm /P Do Q ", drawn.0, drawn.1);
        let content = (content + "BT /F 24 Tf 100 500 Td (Rutin larm) Tj ET").into_bytes();
        let content = document.add_object(Stream::new(Dictionary::new(), content));
        let pages = document.new_object_id();
        let resources = dictionary(vec![
            ("Font", dictionary(vec![("F", font.into())]).into()),
            ("XObject", dictionary(vec![("P", picture.into())]).into()),
        ]);
        let page = document.add_object(dictionary(vec![
            ("Type", name("Page")),
            ("Parent", pages.into()),
            ("MediaBox", vec![0.into(), 0.into(), 595.into(), 842.into()].into()),
            ("Contents", content.into()),
            ("Resources", resources.into()),
        ]));
        let tree = vec![("Type", name("Pages")), ("Kids", vec![page.into()].into()), ("Count", 1.into())];
        document.objects.insert(pages, dictionary(tree).into());
        let catalog = document.add_object(dictionary(vec![("Type", name("Catalog")), ("Pages", pages.into())]));
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_title_page_with_a_logo_keeps_its_words_and_a_scan_with_a_stamp_is_recognised() {
        let read = |points, drawn| {
            let bytes = page_with_picture(points, drawn);
            let page = Source::open(&bytes).unwrap().page(1, None).unwrap();
            (page.page.words.len(), page.needs_recognition())
        };
        assert_eq!(read((400, 300), (120, 90)), (2, false));
        // A logo made for posters is a logo.
        assert_eq!(read((4_000, 3_000), (120, 90)), (2, false));
        assert_eq!(read((1_240, 1_754), (595, 842)), (0, true));
    }
}
