//! How can page 4,999 be drawn as fast as page 2?
//!
//! pdf-extract lists every page of the document whenever it draws one, which makes long documents slow by the square of
//! their length. So the document in memory is made to show a few pages at a time. Not here: the pages themselves, which
//! stay as they are, with what they inherit.

use pdf_extract::{Document, Object, ObjectId};

/// Pages shown at a time.
pub(super) const PAGES: usize = 50;

/// The root of the page tree with what it led to.
pub(super) struct Whole {
    root: ObjectId,
    kids: Object,
}

impl Whole {
    /// `None` if the tree is not one that can be changed.
    pub(super) fn of(document: &Document) -> Option<Self> {
        let root = document.catalog().ok()?.get(b"Pages").ok()?.as_reference().ok()?;
        let kids = document.get_dictionary(root).ok()?.get(b"Kids").ok()?.clone();
        Some(Self { root, kids })
    }

    /// Makes the document lead to all its pages again.
    pub(super) fn restore(&self, document: &mut Document) {
        if let Ok(tree) = document.get_dictionary_mut(self.root) {
            tree.set("Kids", self.kids.clone());
        }
    }

    /// Makes the document lead to these pages alone, as number 1 and on; `false`, and all pages as before, if that does
    /// not work out.
    pub(super) fn show_only(&self, document: &mut Document, pages: &[ObjectId]) -> bool {
        let Ok(tree) = document.get_dictionary_mut(self.root) else { return false };
        tree.set("Kids", pages.iter().map(|id| Object::Reference(*id)).collect::<Vec<_>>());
        if document.get_pages().into_values().eq(pages.iter().copied()) {
            return true;
        }
        self.restore(document);
        false
    }
}
