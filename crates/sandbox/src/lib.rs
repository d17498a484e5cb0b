//! A demo business. Linked by `bookpath serve --demo` and by tests, never by a Lambda.

pub mod demo;
