//! What outgoing requests share: the HTTP transport, and single flight.

pub(crate) mod flight;
pub(crate) mod transport;
