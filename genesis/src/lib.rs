//! nexus-genesis
