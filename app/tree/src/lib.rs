//! nexus-tree
