//! Notations of AWS, read and reckoned with: ARNs, address and port ranges, policies. Pure values: no
//! plan is looked at here, and no rule is known.

mod arn;
mod net;
pub mod policy;

pub use arn::{Arn, is_account_number};
pub use net::{Ports, Protocol, Range};
