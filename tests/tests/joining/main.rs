//! A fifth node joins four validators. Each test has a network of its own; they wait for each other.

mod both_ways;
mod liar;
