//! nexus-machine
