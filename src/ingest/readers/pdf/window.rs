//! How can page 4,999 be drawn as fast as page 2?
//!
//! pdf-extract lists every page of the document whenever it draws one, which makes long documents slow by the square of
//! their length. So the document in memory is made to show a few pages at a time. Not here: the pages themselves, which
//! stay as they are, with what they inherit.

use pdf_extract::{Document, Object, ObjectId};

/// Pages shown at a time.
pub(super) const PAGES: usize = 50;

/// Makes the document's page tree lead to these pages alone, as number 1 and on; `false`, and all pages as before, if
/// the tree is not one in which that can be done.
pub(super) fn show_only(document: &mut Document, pages: &[(u32, ObjectId)]) -> bool {
    let root = document.catalog().ok().and_then(|catalog| catalog.get(b"Pages").ok()?.as_reference().ok());
    let Some(tree) = root.and_then(|root| document.get_dictionary_mut(root).ok()) else { return false };
    let Ok(all) = tree.get(b"Kids").cloned() else { return false };
    tree.set("Kids", pages.iter().map(|(_, id)| Object::Reference(*id)).collect::<Vec<_>>());
    if document.get_pages().into_values().eq(pages.iter().map(|(_, id)| *id)) {
        return true;
    }
    if let Some(tree) = root.and_then(|root| document.get_dictionary_mut(root).ok()) {
        tree.set("Kids", all);
    }
    false
}
