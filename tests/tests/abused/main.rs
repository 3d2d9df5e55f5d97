//! A network whose first node is abused through its interface, from addresses of the loopback network. Each test has a
//! network of its own; they wait for each other.

mod attacks;
mod full;
mod overload;
mod wire;
