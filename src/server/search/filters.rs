//! How are hits narrowed down and put in order?
//!
//! A choice per fact of a document, each with how many hits it would leave, and an order. Plain work on hits that have
//! been found.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::server::views::{Choice, Facet, SearchHit, Standing};

/// What is chosen; empty stands for everything. The names are those of the page's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::server) struct Filters {
    samling: String,
    typ: String,
    ansvarig: String,
    galler: String,
    ar: String,
    ordning: String,
}

/// A fact that hits are narrowed down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    Collection,
    Kind,
    Owner,
    Validity,
    Year,
}

/// The facts in the order of the page: the fact, its name in addresses, its label and what stands for everything.
const FACTS: [(Fact, &str, &str, &str); 5] = [
    (Fact::Collection, "samling", "Samling", "Alla samlingar"),
    (Fact::Kind, "typ", "Dokumenttyp", "Alla typer"),
    (Fact::Owner, "ansvarig", "Ansvarig", "Alla ansvariga"),
    (Fact::Validity, "galler", "Giltighet", "Oavsett giltighet"),
    (Fact::Year, "ar", "Gäller från", "Alla år"),
];

/// The orders: their names in addresses and their labels. The first is the one that nothing is said of.
const ORDERS: [(&str, &str); 4] = [
    ("", "Bäst träff först"),
    ("nyast", "Nyast först"),
    ("revideras", "Revideras snarast först"),
    ("titel", "Titel A–Ö"),
];

/// Hits as the search desk shows them.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::server) struct Desk {
    /// Those that are left, in the order that was chosen.
    pub(in crate::server) hits: Vec<SearchHit>,
    /// What they can be narrowed down by, and in the end the order.
    pub(in crate::server) facets: Vec<Facet>,
    /// Whether anything is chosen.
    pub(in crate::server) narrowed: bool,
}

impl Filters {
    fn chosen(&self, fact: Fact) -> &str {
        match fact {
            Fact::Collection => &self.samling,
            Fact::Kind => &self.typ,
            Fact::Owner => &self.ansvarig,
            Fact::Validity => &self.galler,
            Fact::Year => &self.ar,
        }
    }

    fn allows(&self, fact: Fact, hit: &SearchHit) -> bool {
        self.chosen(fact).is_empty() || value(fact, hit).is_some_and(|(value, _)| value == self.chosen(fact))
    }

    /// Narrows hits down and puts them in order.
    pub(in crate::server) fn apply(&self, hits: Vec<SearchHit>) -> Desk {
        let mut facets: Vec<Facet> = FACTS.iter().map(|fact| self.facet(*fact, &hits)).collect();
        let order = ORDERS.iter().find(|(name, _)| *name == self.ordning).map_or("", |(name, _)| name);
        let choice = |(value, label): &(&str, &str)| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            count: None,
            chosen: *value == order,
        };
        facets.push(Facet { name: "ordning", label: "Ordning", choices: ORDERS.iter().map(choice).collect() });
        let mut hits: Vec<SearchHit> =
            hits.into_iter().filter(|hit| FACTS.iter().all(|(fact, ..)| self.allows(*fact, hit))).collect();
        // Dates are ISO dates; what has none comes last.
        match order {
            "nyast" => hits.sort_by(|a, b| b.document.valid_from.cmp(&a.document.valid_from)),
            "revideras" => hits.sort_by_key(|hit| (hit.document.review_due.is_none(), hit.document.review_due.clone())),
            "titel" => hits.sort_by_key(|hit| alphabetical(&hit.document.title)),
            _ => {}
        }
        let narrowed = !order.is_empty() || FACTS.iter().any(|(fact, ..)| !self.chosen(*fact).is_empty());
        Desk { hits, facets, narrowed }
    }

    /// What can be chosen of a fact, and how many hits each choice would leave among what the other facts leave.
    fn facet(
        &self,
        (fact, name, label, everything): (Fact, &'static str, &'static str, &str),
        hits: &[SearchHit],
    ) -> Facet {
        let others = FACTS.iter().filter(|(other, ..)| *other != fact);
        let left = hits.iter().filter(|hit| others.clone().all(|(other, ..)| self.allows(*other, hit)));
        let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
        for (value, label) in left.filter_map(|hit| value(fact, hit)) {
            counts.entry(value).or_insert((label, 0)).1 += 1;
        }
        let chosen = self.chosen(fact);
        if !chosen.is_empty() {
            // What is chosen can be seen also where it leaves nothing.
            counts.entry(chosen.to_owned()).or_insert((chosen.to_owned(), 0));
        }
        let mut found: Vec<Choice> = counts
            .into_iter()
            .map(|(value, (label, count))| Choice { chosen: value == chosen, value, label, count: Some(count) })
            .collect();
        if fact == Fact::Year {
            found.reverse();
        } else {
            found.sort_by_key(|choice| (std::cmp::Reverse(choice.count), alphabetical(&choice.label)));
        }
        let all = Choice { value: String::new(), label: everything.to_owned(), count: None, chosen: chosen.is_empty() };
        Facet { name, label, choices: std::iter::once(all).chain(found).collect() }
    }
}

/// A document's value of a fact, and how it is shown.
fn value(fact: Fact, hit: &SearchHit) -> Option<(String, String)> {
    let document = &hit.document;
    let same = |text: &Option<String>| text.clone().map(|text| (text.clone(), text));
    match fact {
        Fact::Collection => same(&document.collection),
        Fact::Kind => same(&document.document_type),
        Fact::Owner => same(&document.owner),
        Fact::Validity => {
            let word = match document.standing {
                Standing::Valid => "gäller",
                Standing::ReviewOverdue => "skulle-ha-reviderats",
                Standing::Upcoming => "gäller-inte-än",
                Standing::Expired => "upphävd",
                Standing::Superseded => "ersatt",
            };
            Some((word.to_owned(), document.standing.label().to_owned()))
        }
        Fact::Year => same(&document.valid_from.as_deref().and_then(|date| date.get(..4)).map(str::to_owned)),
    }
}

/// A key for the Swedish alphabet, in which å, ä and ö come last.
fn alphabetical(text: &str) -> String {
    let after_z = |character| match character {
        'å' => '{',
        'ä' => '|',
        'ö' => '}',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(after_z).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::views::DocumentSummary;

    fn hit(title: &str, collection: &str, from: &str) -> SearchHit {
        let document = DocumentSummary {
            title: title.to_owned(),
            collection: Some(collection.to_owned()),
            valid_from: Some(from.to_owned()),
            ..DocumentSummary::default()
        };
        SearchHit { document, ..SearchHit::default() }
    }

    fn hits() -> Vec<SearchHit> {
        vec![hit("Ö", "LSS", "2024-01-01"), hit("Å", "LSS", "2026-01-01"), hit("Z", "Hemtjänst", "2025-05-01")]
    }

    fn titles(desk: &Desk) -> Vec<&str> {
        desk.hits.iter().map(|hit| hit.document.title.as_str()).collect()
    }

    #[test]
    fn a_choice_narrows_and_the_counts_say_what_the_others_would_leave() {
        let filters = Filters { samling: "LSS".to_owned(), ar: "2026".to_owned(), ..Filters::default() };
        let desk = filters.apply(hits());
        assert_eq!(titles(&desk), ["Å"]);
        assert!(desk.narrowed);
        let counts: Vec<_> =
            desk.facets[0].choices.iter().map(|choice| (choice.label.as_str(), choice.count)).collect();
        assert_eq!(counts, [("Alla samlingar", None), ("LSS", Some(1))]);
        let years: Vec<_> = desk.facets[4].choices.iter().map(|choice| (choice.value.as_str(), choice.count)).collect();
        assert_eq!(years, [("", None), ("2026", Some(1)), ("2024", Some(1))]);
        let none = Filters { samling: "Finns inte".to_owned(), ..Filters::default() }.apply(hits());
        assert!(none.hits.is_empty());
        assert!(none.facets[0].choices.iter().any(|choice| choice.chosen && choice.count == Some(0)));
    }

    #[test]
    fn orders_are_swedish_and_an_unknown_one_changes_nothing() {
        let ordered = |order: &str| Filters { ordning: order.to_owned(), ..Filters::default() }.apply(hits());
        assert_eq!(titles(&ordered("titel")), ["Z", "Å", "Ö"]);
        assert_eq!(titles(&ordered("nyast")), ["Å", "Z", "Ö"]);
        assert_eq!(titles(&ordered("hej")), ["Ö", "Å", "Z"]);
        assert!(!ordered("hej").narrowed);
    }
}
