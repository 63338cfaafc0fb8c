//! Work on many things that know nothing of each other, on as many cores as the machine has.

use std::thread;

/// Fewer things than this are worked on one after the other: a thread costs more than they do.
const SEVERAL: usize = 16;

/// What `work` makes of each of `things`, in their order.
pub fn each<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 || things.len() < SEVERAL {
        return things.into_iter().map(work).collect();
    }
    let (share, mut things) = (things.len().div_ceil(cores), things.into_iter());
    let work = &work;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..cores)
            .map(|_| {
                let part: Vec<T> = things.by_ref().take(share).collect();
                scope.spawn(move || part.into_iter().map(work).collect::<Vec<R>>())
            })
            .collect();
        let done = parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        done.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_worked_on_once_and_keeps_its_place() {
        for many in [0, 1, SEVERAL - 1, SEVERAL, SEVERAL + 1, 1_000] {
            let doubled = each((0..many).collect(), |n| n * 2);
            assert_eq!(doubled, (0..many).map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
