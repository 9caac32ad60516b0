//! Which routines does a site keep near at hand?
//!
//! A list that the site owns: they stand on the ask page and are kept on the phone, so that they can be read without
//! coverage. Not here: how a phone keeps them (`web/static/sw.js`).

/// A routine of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtHand {
    /// The document's stable name.
    pub id: String,
    /// What the button says; the document's title where nothing is given.
    pub label: Option<String>,
}

/// Reads a list: a line per routine, `document = label`, the label may be left out; `#` begins a comment.
pub fn parse(text: &str) -> Vec<AtHand> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let entry = |line: &str| {
        let (id, label) = line.split_once('=').unwrap_or((line, ""));
        let (id, label) = (id.trim(), label.trim());
        AtHand { id: id.to_owned(), label: (!label.is_empty()).then(|| label.to_owned()) }
    };
    lines.filter(|line| !line.is_empty()).map(entry).filter(|entry| !entry.id.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out_and_labels_may_be() {
        let list = parse("# Lista\n\ndodsfall = Dödsfall\r\nfall  # utan text\n = utan namn\n");
        let label = |entry: &AtHand| (entry.id.clone(), entry.label.clone());
        let expected = [("dodsfall".to_owned(), Some("Dödsfall".to_owned())), ("fall".to_owned(), None)];
        assert_eq!(list.iter().map(label).collect::<Vec<_>>(), expected);
    }
}
