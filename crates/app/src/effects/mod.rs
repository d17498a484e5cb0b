//! Performing what the outbox holds.
