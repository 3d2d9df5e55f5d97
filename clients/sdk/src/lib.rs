//! nexus-sdk
