//! nexus-types
