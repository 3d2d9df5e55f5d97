//! nexus-index
