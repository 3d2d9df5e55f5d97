//! What the long-running programs say, one line each, on standard error.

use nexus_types::HostId;
use nexus_types::host::AgentKind;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes lines that all say what the program is not.
pub(super) struct Log {
    disclaimer: &'static str,
    host: HostId,
    /// The last failure, which is said once while it lasts.
    failure: Option<String>,
}

impl Log {
    pub(super) fn new(disclaimer: &'static str, host: &HostId) -> Self {
        Self {
            disclaimer,
            host: host.clone(),
            failure: None,
        }
    }

    /// Something that happened.
    pub(super) fn say(&mut self, kind: AgentKind, what: &str) {
        self.failure = None;
        self.write(&format!("{kind}@{}", self.host), what);
    }

    /// Something that concerns all hands.
    pub(super) fn say_of_all(&self, what: &str) {
        self.write(self.host.0.as_str(), what);
    }

    /// Something that failed and is tried again.
    pub(super) fn fail(&mut self, what: String) {
        if self.failure.as_ref() != Some(&what) {
            self.say_of_all(&what);
            self.failure = Some(what);
        }
    }

    fn write(&self, who: &str, what: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_millis());
        let time = crate::text::time(u64::try_from(now).unwrap_or(u64::MAX));
        let what = crate::text::plain(what);
        // When nobody reads the log there is nobody to tell.
        let _ = crate::output::write(
            &mut anstream::stderr().lock(),
            &format!("{time} {} {who}: {what}", self.disclaimer),
        );
    }
}
