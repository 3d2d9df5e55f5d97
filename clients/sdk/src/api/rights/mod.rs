//! Consents and snapshots.

mod consent;
mod params;
mod snapshot;

pub use consent::{
    ConsentEntryView, ConsentEventView, ConsentLeafView, ConsentsView, ErasureView, Purpose,
    SubjectConsentsView,
};
pub use params::{GetConsentsParams, ListConsentsParams, ListSnapshotsParams};
pub use snapshot::{
    LossReason, SnapshotEntryView, SnapshotEventView, SnapshotOccasion, SnapshotOutcomeView,
    SnapshotStatus, SnapshotView, SnapshotsView, TakenView,
};
