//! What outgoing requests share: the HTTP transport, and single flight. Byte budgets of incoming and outgoing data.

pub(crate) mod budget;
pub(crate) mod flight;
pub(crate) mod transport;
