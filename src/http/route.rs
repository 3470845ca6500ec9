//! A path of the service: who may use it, what its bodies may carry, and a handler with its description for each method.

use std::{pin::Pin, sync::Arc};

use axum::{extract::Request, handler::Handler, response::Response, routing::MethodFilter};

use super::{accepts::Accepts, access::Access, openapi::operation::Describe};
use crate::service::App;

/// One path. The router, the API document and the hint of a 404 are made from it.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) access: Access,
    pub(super) accepts: Accepts,
    /// Whether requests draw a poster: they are refused before they are read if it could not be drawn in time.
    pub(super) draws: bool,
    /// Whether it is answered while the service is full or stopping.
    pub(super) is_health: bool,
    pub(super) handlers: Vec<(MethodFilter, ErasedHandler)>,
    /// Lower-case name and description of each method.
    pub(super) operations: Vec<(&'static str, Describe)>,
}

impl Route {
    /// A path without methods, whose bodies may not carry files.
    pub(super) fn new(path: &'static str, access: Access) -> Self {
        Self {
            path,
            access,
            accepts: Accepts::default(),
            draws: false,
            is_health: false,
            handlers: Vec::new(),
            operations: Vec::new(),
        }
    }

    /// Adds `GET`; `HEAD` has the same handler.
    pub(super) fn get<T: 'static>(
        self,
        handler: impl Handler<T, Arc<App>, Future = Answer>,
        describe: Describe,
    ) -> Self {
        self.on(MethodFilter::GET, "get", handler, describe)
    }

    /// Adds `POST`.
    pub(super) fn post<T: 'static>(
        self,
        handler: impl Handler<T, Arc<App>, Future = Answer>,
        describe: Describe,
    ) -> Self {
        self.on(MethodFilter::POST, "post", handler, describe)
    }

    /// Adds `PUT`.
    pub(super) fn put<T: 'static>(
        self,
        handler: impl Handler<T, Arc<App>, Future = Answer>,
        describe: Describe,
    ) -> Self {
        self.on(MethodFilter::PUT, "put", handler, describe)
    }

    /// Adds `DELETE`.
    pub(super) fn delete<T: 'static>(
        self,
        handler: impl Handler<T, Arc<App>, Future = Answer>,
        describe: Describe,
    ) -> Self {
        self.on(MethodFilter::DELETE, "delete", handler, describe)
    }

    fn on<T: 'static>(
        mut self,
        method: MethodFilter,
        name: &'static str,
        handler: impl Handler<T, Arc<App>, Future = Answer>,
        describe: Describe,
    ) -> Self {
        let handler: ErasedHandler = Arc::new(move |request, app| handler.clone().call(request, app));
        self.handlers.push((method, handler));
        self.operations.push((name, describe));
        self
    }

    /// The path in the API document, in which a parameter for the rest of a path is written as the others.
    pub(super) fn documented_path(&self) -> String {
        self.path.replace("{*", "{")
    }

    /// States that requests draw a poster.
    pub(super) fn draws(self) -> Self {
        Self { draws: true, ..self }
    }

    /// Lets the path be answered while the service is full or stopping, for checks of its health.
    pub(super) fn health(self) -> Self {
        Self { is_health: true, ..self }
    }

    /// Sets what request bodies may carry.
    pub(super) fn accepts(self, accepts: Accepts) -> Self {
        Self { accepts, ..self }
    }
}

/// A handler of any type: what surrounds it is compiled once.
pub(super) type ErasedHandler = Arc<dyn Fn(Request, Arc<App>) -> Answer + Send + Sync>;

/// The response of a handler, as axum boxes it.
pub(super) type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
