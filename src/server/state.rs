//! What do all requests share?

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::{Assistant, Danger};
use crate::index::{Index, IndexError};

use super::at_hand::AtHand;
use super::errors::AppError;
use super::suggestions::Suggestions;

/// Searches and quotes at once; each takes some ten milliseconds of both cores.
const SEARCHES: usize = 32;
/// Questions at once, those included that wait for the model.
const QUESTIONS: usize = 12;
/// How often the data folder is looked at for a new index.
const FOLLOW: Duration = Duration::from_secs(1);
/// After how many looks an index that could not be used is tried again.
const RETRY: u32 = 30;

/// What a site decides.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Folder that holds the index.
    pub data: PathBuf,
    /// Name of the municipality or unit, shown beside the product's name.
    pub organisation: String,
    /// Whom to ask about the service.
    pub contact: Option<String>,
    /// Routines that stand on the ask page and are kept on phones.
    pub at_hand: Vec<AtHand>,
    /// Hours after which a phone forgets what it has kept.
    pub shift_hours: u32,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let (data, organisation, at_hand) = (PathBuf::from("data"), String::new(), Vec::new());
        Self { data, organisation, contact: None, at_hand, shift_hours: 8 }
    }
}

/// Shared by all requests; clones share.
#[derive(Debug, Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    assistant: RwLock<Assistant>,
    /// An index that could not be used.
    refused: Mutex<Option<String>>,
    searches: Arc<Semaphore>,
    questions: Arc<Semaphore>,
    /// Made when they are first asked for, and again for a new index.
    suggestions: Mutex<Option<Arc<Suggestions>>>,
    config: ServerConfig,
}

impl AppState {
    /// The state of a server that answers with `assistant`.
    pub fn new(assistant: Assistant, config: ServerConfig) -> Self {
        let shared = Shared {
            assistant: RwLock::new(assistant),
            refused: Mutex::new(None),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
            suggestions: Mutex::new(None),
            config,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The assistant over the index in use at this moment, so that a document that was removed is gone from the next
    /// request on; a request keeps the assistant that it began with.
    pub(crate) fn assistant(&self) -> Assistant {
        // What goes wrong is told by `follow_index`, not for every request.
        let _ = self.follow();
        self.open_assistant()
    }

    fn open_assistant(&self) -> Assistant {
        self.shared.assistant.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What comes before everything else if a text tells of danger to life; waits for nothing.
    pub(crate) fn danger(&self, text: &str) -> Option<Danger> {
        self.open_assistant().danger(text)
    }

    /// What the site decided.
    pub(crate) fn config(&self) -> &ServerConfig {
        &self.shared.config
    }

    /// What can be suggested over the index in use. Must not be called from an async task: it may read every document.
    pub(crate) fn suggestions(&self, index: &Index) -> Result<Arc<Suggestions>, IndexError> {
        let mut kept = self.shared.suggestions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(suggestions) = kept.as_ref().filter(|kept| kept.generation() == index.generation()) {
            return Ok(Arc::clone(suggestions));
        }
        let suggestions = Arc::new(Suggestions::of(index)?);
        *kept = Some(Arc::clone(&suggestions));
        Ok(suggestions)
    }

    /// A place among the searches.
    pub(crate) fn search_place(&self) -> Result<OwnedSemaphorePermit, AppError> {
        Arc::clone(&self.shared.searches).try_acquire_owned().map_err(|_| AppError::Overloaded)
    }

    /// A place among the questions.
    pub(crate) fn question_place(&self) -> Result<OwnedSemaphorePermit, AppError> {
        Arc::clone(&self.shared.questions).try_acquire_owned().map_err(|_| AppError::Overloaded)
    }

    /// Moves over to the index in use, if it is another one than the one that is open.
    fn follow(&self) -> Result<(), IndexError> {
        let Some(current) = Index::current_generation(&self.shared.config.data)? else { return Ok(()) };
        if !self.has_open(&current) {
            // Opening an index, or waiting for one, would hold up the other requests of this thread.
            tokio::task::block_in_place(|| self.move_to(current));
        }
        Ok(())
    }

    fn has_open(&self, generation: &str) -> bool {
        self.open_assistant().retriever().index().generation() == generation
    }

    /// Opens the index in use. One that cannot be used is told once and tried again when [`follow_index`] has forgotten
    /// it.
    fn move_to(&self, current: String) {
        // One request opens it, those that come meanwhile wait for it.
        let mut refused = self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has_open(&current) || refused.as_deref() == Some(&current) {
            return;
        }
        let assistant = self.open_assistant();
        let opened = Index::open(&self.shared.config.data).and_then(|index| {
            index.check_same_model(assistant.retriever().index())?;
            Ok(index)
        });
        let index = match opened {
            Ok(index) => Arc::new(index),
            Err(error) => {
                tracing::warn!(%error, generation = current, "the new index cannot be used; the old one stays");
                *refused = Some(current);
                return;
            }
        };
        tracing::info!(generation = index.generation(), passages = index.passage_count(), "moved to a new index");
        let moved = assistant.over(index);
        *self.shared.assistant.write().unwrap_or_else(PoisonError::into_inner) = moved;
    }

    /// Lets an index that could not be used be tried again.
    fn forget_refused(&self) {
        *self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Looks for a new index as long as the server runs, so that a request seldom has to wait for one to be opened.
pub(super) async fn follow_index(state: AppState) {
    for round in 0u32.. {
        tokio::time::sleep(FOLLOW).await;
        let state = state.clone();
        let followed = tokio::task::spawn_blocking(move || {
            if round % RETRY == 0 {
                state.forget_refused();
            }
            state.follow()
        });
        if let Ok(Err(error)) = followed.await {
            tracing::warn!(%error, "the index in use cannot be found out; the old one stays");
        }
    }
}
