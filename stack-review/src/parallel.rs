//! Independent work on all cores, with its results in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

/// Fewer pieces than these are done before threads have begun.
const MANY: usize = 32;

/// So many pieces are taken at once.
const PORTION: usize = 8;

/// The results for all numbers below `count`.
pub(crate) fn each<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = match count < MANY {
        true => 1,
        false => thread::available_parallelism().map_or(1, usize::from),
    };
    if threads == 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let from = next.fetch_add(PORTION, Ordering::Relaxed);
            if from >= count {
                return done;
            }
            let portion = from..count.min(from + PORTION);
            done.extend(portion.map(|it| (it, work(it))));
        }
    };
    let threads = threads.min(count.div_ceil(PORTION));
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<ScopedJoinHandle<'_, _>> =
            (1..threads).map(|_| scope.spawn(some)).collect();
        let mut done = some();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|it| it.0);
    done.into_iter().map(|it| it.1).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn results_come_in_order_however_many_there_are() {
        for count in [0, 1, 31, 32, 33, 500, 1001] {
            let squares: Vec<usize> = (0..count).map(|it| it * it).collect();
            assert_eq!(each(count, |it| it * it), squares);
        }
    }
}
