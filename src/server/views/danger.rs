//! What stands above everything when danger to life is told of?
//!
//! A few words and the numbers to call. Not here: when that is ([`crate::answer`]).

use serde::Serialize;

use super::text::phone_parts;

/// A number to call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EmergencyNumberView {
    /// The number as it is written.
    pub number: String,
    /// Who answers.
    pub label: String,
    /// `tel:` address.
    pub tel: String,
}

impl EmergencyNumberView {
    /// The view of a number as it is written.
    pub fn new(number: &str, label: &str) -> Self {
        let called = phone_parts(number).into_iter().find_map(|part| part.tel);
        let digits = || {
            format!("tel:{}", number.chars().filter(|character| "+0123456789".contains(*character)).collect::<String>())
        };
        Self { number: number.to_owned(), label: label.to_owned(), tel: called.unwrap_or_else(digits) }
    }
}

/// What comes before the answer when a question tells of danger to life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DangerView {
    /// What to do, in a few words.
    pub message: String,
    /// A little more.
    pub detail: String,
    /// Whom to call, 112 first.
    pub numbers: Vec<EmergencyNumberView>,
}
