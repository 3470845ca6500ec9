//! A stack of services that is cheap to clone.
//!
//! axum's middleware clones the services below it for each request, so that `n` layers cost `n²` clones. Below this layer
//! a clone is a reference.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use axum::extract::Request;
use tower::{
    Service,
    layer::{LayerFn, layer_fn},
};

/// A service that is always ready, as axum's routes are.
#[derive(Debug)]
pub(super) struct Shared<S>(Arc<S>);

impl<S> Shared<S> {
    pub(super) fn layer() -> LayerFn<fn(S) -> Self> {
        layer_fn(|service| Self(Arc::new(service)))
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Service<Request> + Clone> Service<Request> for Shared<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        S::clone(&self.0).call(request)
    }
}
