//! What does a site decide about answers besides its routines?

use super::contacts::Contacts;
use super::danger::Dangers;

/// The lists that a site owns.
#[derive(Debug, Clone, Default)]
pub struct SiteLists {
    /// Signs of danger and the numbers to call.
    pub dangers: Dangers,
    /// Whom to ask, by subject.
    pub contacts: Contacts,
}
