//! Tells people that long work goes on: nothing in the first half second, then ten times a second.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// After which time people begin to wonder.
const SILENT: Duration = Duration::from_millis(500);

/// How often the word is renewed.
const RENEWED: Duration = Duration::from_millis(100);

/// Does `work`; while that takes longer than half a second, calls `tell` again and again from another thread.
pub fn patiently<T>(tell: &(dyn Fn() + Sync), work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        // Nothing is ever sent: that the sender is gone is the news, also when `work` panics.
        let (ended, waiting) = sync_channel::<()>(0);
        scope.spawn(move || {
            let mut pause = SILENT;
            while waiting.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                tell();
                pause = RENEWED;
            }
        });
        let done = work();
        drop(ended);
        done
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn long_work_is_told_of_until_it_ends() {
        let (told, hears) = channel();
        let told = Mutex::new(told);
        let tell = || drop(told.lock().map(|told| told.send(())));
        let times = patiently(&tell, || hears.iter().take(3).count());
        assert_eq!(times, 3);
    }
}
