//! nexus-store
