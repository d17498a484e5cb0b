//! The ports on AWS: DynamoDB, Kinesis, S3, Step Functions, SNS, End User Messaging, SES, Athena, and the two
//! places where configuration lives.
//!
//! A [`Session`] is built once per cold start and every adapter from it; they share its connections. Each service
//! is a feature of this crate. What a service promises less than the embedded ports do is said at its adapter.

#[cfg(feature = "effects")]
mod absent;
mod clock;
mod connector;
#[cfg(feature = "platform")]
mod current;
mod failure;
#[cfg(feature = "lake")]
pub mod lake;
#[cfg(feature = "platform")]
mod lease_lock;
#[cfg(feature = "effects")]
mod performer;
#[cfg(feature = "platform")]
mod platform;
mod session;
#[cfg(feature = "platform")]
mod settings;
mod setup_error;

#[cfg(feature = "athena")]
pub mod athena;
#[cfg(feature = "ssm")]
mod business;
#[cfg(feature = "sfn")]
pub mod executions;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "usage")]
mod meters;
#[cfg(feature = "s3")]
pub mod objects;
#[cfg(all(feature = "sns", feature = "dynamodb"))]
pub mod operators;
#[cfg(feature = "s3")]
mod past;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "kinesis")]
pub mod stream;
#[cfg(feature = "sync")]
mod syncs;
#[cfg(feature = "dynamodb")]
pub mod table;
#[cfg(any(feature = "sns", feature = "sms"))]
pub mod texts;
#[cfg(feature = "usage")]
pub mod usage;
#[cfg(feature = "sfn")]
pub mod waits;

#[cfg(feature = "ssm")]
pub use business::{business_config, parameter};
pub use clock::{RealPauses, SystemClock};
#[cfg(feature = "platform")]
pub use current::Current;
#[cfg(feature = "sfn")]
pub use executions::{ExecutionState, Executions};
#[cfg(feature = "platform")]
pub use lease_lock::{LeaseLock, LeaseWorkLock};
#[cfg(feature = "mail")]
pub use mail::SesMailer;
#[cfg(feature = "usage")]
pub use meters::StackMeters;
#[cfg(feature = "s3")]
pub use objects::S3Objects;
#[cfg(all(feature = "sns", feature = "dynamodb"))]
pub use operators::TopicOperators;
#[cfg(feature = "effects")]
pub use performer::{Carriers, Reaction};
#[cfg(feature = "platform")]
pub use platform::Platform;
#[cfg(feature = "secrets")]
pub use secrets::Secrets;
pub use session::Session;
pub use setup_error::SetupError;
#[cfg(feature = "kinesis")]
pub use stream::EventStream;
#[cfg(feature = "sync")]
pub use syncs::{SecretKeys, SyncPorts, SyncSettings, VendorPlaces};
#[cfg(feature = "dynamodb")]
pub use table::StateTable;
#[cfg(feature = "sns")]
pub use texts::SnsTexts;
#[cfg(feature = "sms")]
pub use texts::VoiceTexts;
#[cfg(feature = "sfn")]
pub use waits::StateMachineWaits;
