//! placeholder until the document stands
