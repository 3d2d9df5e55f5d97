//! nexus-abci
