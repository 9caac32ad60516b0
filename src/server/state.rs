//! What do all requests share?

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Assistant;
use crate::index::Index;
use crate::retrieve::Retriever;

use super::errors::AppError;

/// Searches and quotes at once; each takes some ten milliseconds of both cores.
const SEARCHES: usize = 32;
/// Questions at once, those included that wait for the model.
const QUESTIONS: usize = 12;
/// How often the data folder is looked at for a new index.
const FOLLOW: Duration = Duration::from_secs(2);

/// What a site decides.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Folder that holds the index.
    pub data: PathBuf,
    /// Name of the municipality or unit, shown beside the product's name.
    pub organisation: String,
    /// Whom to ask about the service.
    pub contact: Option<String>,
}

/// Shared by all requests; clones share.
#[derive(Debug, Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    assistant: RwLock<Assistant>,
    searches: Arc<Semaphore>,
    questions: Arc<Semaphore>,
    config: ServerConfig,
}

impl AppState {
    /// The state of a server that answers with `assistant`.
    pub fn new(assistant: Assistant, config: ServerConfig) -> Self {
        let shared = Shared {
            assistant: RwLock::new(assistant),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
            config,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The assistant over the index in use; a request keeps the one that it began with.
    pub(crate) fn assistant(&self) -> Assistant {
        self.shared.assistant.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the site decided.
    pub(crate) fn config(&self) -> &ServerConfig {
        &self.shared.config
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
    fn follow(&self) -> Result<(), crate::index::IndexError> {
        let assistant = self.assistant();
        let open = assistant.retriever().index().generation().to_owned();
        if Index::current_generation(&self.shared.config.data)?.is_none_or(|current| current == open) {
            return Ok(());
        }
        let index = Arc::new(Index::open(&self.shared.config.data)?);
        tracing::info!(generation = index.generation(), passages = index.passage_count(), "moved to a new index");
        let moved = assistant.over(index);
        *self.shared.assistant.write().unwrap_or_else(PoisonError::into_inner) = moved;
        Ok(())
    }
}

/// Looks for a new index as long as the server runs.
pub(super) async fn follow_index(state: AppState) {
    loop {
        tokio::time::sleep(FOLLOW).await;
        let state = state.clone();
        let followed = tokio::task::spawn_blocking(move || state.follow()).await;
        if let Ok(Err(error)) = followed {
            tracing::warn!(%error, "the new index cannot be used; the old one stays");
        }
    }
}

impl Assistant {
    /// The same assistant over another generation of the index.
    fn over(&self, index: Arc<Index>) -> Self {
        let retriever: Retriever = self.retriever().over(index);
        Self::new(retriever, self.generator().cloned())
    }
}
