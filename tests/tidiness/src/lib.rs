//! Tests of the repository itself: its files, its documents and what they say of one another.
//!
//! They read files only, compile in seconds and are part of `make check`. Each failure names the file and the line.

#[cfg(test)]
mod circles;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod exceptions;
#[cfg(test)]
mod files;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod requirements;
#[cfg(test)]
mod workflows;
