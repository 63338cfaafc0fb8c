//! Turns: as many desks at a time bring something as the machine has cores. The others wait, and whoever would wait too long
//! is told politely when to come again.

use std::time::Duration;

use sync::refusal::Code;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a desk is kept waiting for its turn; well below the silence after which it would hang up.
const PATIENCE: Duration = Duration::from_secs(40);
/// How many may stand in line. Each holds its request in memory, packed.
const LINE: usize = 1_000;

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The line before the county's door.
#[derive(Debug)]
pub struct Turns {
    line: Semaphore,
    inside: Semaphore,
    ahead: Semaphore,
    patience: Duration,
}

/// A turn; it ends when this goes.
#[derive(Debug)]
pub struct Turn<'t> {
    _line: SemaphorePermit<'t>,
    _inside: SemaphorePermit<'t>,
}

impl Default for Turns {
    fn default() -> Turns {
        Turns::new(LINE, cores(), PATIENCE)
    }
}

impl Turns {
    fn new(line: usize, inside: usize, patience: Duration) -> Turns {
        Turns {
            line: Semaphore::new(line),
            inside: Semaphore::new(inside),
            ahead: Semaphore::new(cores()),
            patience,
        }
    }

    /// Room for something that came ahead of its request and is opened meanwhile; few may lie open at a time, since each takes
    /// memory until the rest of its request is there.
    pub fn ahead(&self) -> Option<SemaphorePermit<'_>> {
        self.ahead.try_acquire().ok()
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Code::Busy`] when the line is full, or did not move for too long.
    pub async fn wait(&self) -> Result<Turn<'_>, Code> {
        let line = self.line.try_acquire().map_err(|_| Code::Busy)?;
        match tokio::time::timeout(self.patience, self.inside.acquire()).await {
            Ok(Ok(inside)) => Ok(Turn { _line: line, _inside: inside }),
            _ => Err(Code::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_comes_waits_for_a_turn_and_is_told_when_it_takes_too_long() {
        let turns = Turns::new(2, 1, Duration::from_millis(20));
        let first = turns.wait().await.unwrap();
        let (second, third) = tokio::join!(turns.wait(), turns.wait());
        assert_eq!(third.unwrap_err(), Code::Busy, "the line is full");
        assert_eq!(second.unwrap_err(), Code::Busy, "the first one stayed for long");
        drop(first);
        assert!(turns.wait().await.is_ok());
    }
}
