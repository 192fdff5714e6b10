//! The one thread that reads and renders for all streams, apart from the threads that serve the engine: however many
//! read, however large a block is, they cost one core at most, and each event is rendered once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chortle_kernel::Halt;
use tokio::sync::{mpsc, oneshot};

use super::page::{Batch, Held, Page, Place, Position, Start};
use super::topics::Topics;
use crate::state_machine::Chain;

/// Pages that are kept for readers to come, in bytes.
const KEPT_BYTES_MAX: u64 = 4 << 20;
/// Questions that may wait; a reader has one at a time.
const ASKS_MAX: usize = 256;

/// What names a page. A dev chain that goes back has other blocks under the same heights.
type Key = (usize, u64, Start);

/// A reader's question for its next events.
pub(super) struct Ask {
    pub(super) chain: Chain,
    pub(super) position: Position,
    pub(super) topics: Arc<Topics>,
    pub(super) after: Option<Place>,
}

/// The next events; `None` if the block is not there.
type Answer = Result<Option<Batch>, Halt>;

struct Asked {
    ask: Ask,
    answer: oneshot::Sender<Answer>,
}

/// The way to the thread, which starts with the first question and ends with the node.
pub(in crate::rest) struct Renderer {
    asks: Mutex<Option<mpsc::Sender<Asked>>>,
    held: Held,
}

impl Renderer {
    pub(in crate::rest) fn new(held: Held) -> Self {
        Self { asks: Mutex::new(None), held }
    }

    fn asks(&self) -> Result<mpsc::Sender<Asked>, Halt> {
        // Nothing panics under this lock.
        let mut asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asks) = asks.as_ref().filter(|asks| !asks.is_closed()) {
            return Ok(asks.clone());
        }
        let (sender, asked) = mpsc::channel(ASKS_MAX);
        let pages = Pages { held: self.held.clone(), ..Pages::default() };
        std::thread::Builder::new()
            .name("stream".to_owned())
            .spawn(move || serve(asked, pages))
            .map_err(|error| Halt::new(format!("the thread of the streams cannot start: {error}")))?;
        Ok(asks.insert(sender).clone())
    }

    /// Reads and renders the next events for a reader.
    pub(super) async fn ask(&self, ask: Ask) -> Answer {
        let (answer, answered) = oneshot::channel();
        let gone = |_| Halt::new("the thread of the streams ended in the middle of an answer");
        self.asks()?.send(Asked { ask, answer }).await.map_err(|error| gone(error.to_string()))?;
        answered.await.map_err(|error| gone(error.to_string()))?
    }
}

fn serve(mut asks: mpsc::Receiver<Asked>, mut pages: Pages) {
    while let Some(Asked { ask, answer }) = asks.blocking_recv() {
        // A reader that is gone needs nothing.
        if !answer.is_closed() {
            let _ = answer.send(pages.batch(&ask));
        }
    }
}

/// The pages of last, which readers to come are likely to want.
#[derive(Default)]
struct Pages {
    /// Oldest use first.
    kept: VecDeque<(Key, Page)>,
    held: Held,
}

impl Pages {
    fn batch(&mut self, ask: &Ask) -> Answer {
        let Position { height, start, entry } = ask.position;
        let key = (ask.chain.reverts(), height, start);
        let kept = self.kept.iter().position(|(held, _)| *held == key);
        let mut page = match kept.and_then(|at| self.kept.remove(at)) {
            Some((_, page)) => page,
            None => match Page::read(&ask.chain, height, start, &self.held)? {
                Some(page) => page,
                None => return Ok(None),
            },
        };
        let batch = page.batch(entry, &ask.topics, ask.after);
        self.kept.push_back((key, page));
        let mut bytes: u64 = self.kept.iter().map(|(_, page)| page.bytes).sum();
        while bytes > KEPT_BYTES_MAX && self.kept.len() > 1 {
            bytes -= self.kept.pop_front().map_or(0, |(_, page)| page.bytes);
        }
        Ok(Some(batch))
    }
}
