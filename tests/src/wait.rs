//! Waiting for something to happen.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Far above what anything here takes on a machine that is busy with builds; reached only by what never comes.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// Looks until there is something to see.
///
/// # Panics
/// After [`PATIENCE`], with what was waited for.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{what}: nothing within {} s",
            PATIENCE.as_secs()
        );
        sleep(LOOK_EVERY);
    }
}

/// Runs a future of the SDK's client to its end.
///
/// # Panics
/// If no runtime can be made.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
