//! A path's handlers, each with what is said about it: there is no way to a route without.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::openapi::HttpMethod;

use super::About;
use crate::Instance;

/// Handlers of a path.
pub(crate) struct Methods {
    pub(crate) router: MethodRouter<Arc<Instance>>,
    pub(crate) about: Vec<(HttpMethod, fn() -> About)>,
}

impl Methods {
    fn new() -> Self {
        Self { router: MethodRouter::new(), about: Vec::new() }
    }

    fn on<H, T>(mut self, (filter, method): (MethodFilter, HttpMethod), handler: H, about: fn() -> About) -> Self
    where
        H: Handler<T, Arc<Instance>>,
        T: 'static,
    {
        self.router = self.router.on(filter, handler);
        self.about.push((method, about));
        self
    }
}

macro_rules! methods {
    ($($name:ident $filter:ident $method:ident)*) => {
        $(
            #[doc = concat!("A path that is asked with ", stringify!($filter), ".")]
            pub(crate) fn $name<H, T>(handler: H, about: fn() -> About) -> Methods
            where
                H: Handler<T, Arc<Instance>>,
                T: 'static,
            {
                Methods::new().$name(handler, about)
            }
        )*

        impl Methods {
            $(
                #[doc = concat!("Asked with ", stringify!($filter), ", too.")]
                pub(crate) fn $name<H, T>(self, handler: H, about: fn() -> About) -> Self
                where
                    H: Handler<T, Arc<Instance>>,
                    T: 'static,
                {
                    self.on((MethodFilter::$filter, HttpMethod::$method), handler, about)
                }
            )*
        }
    };
}

methods!(get GET Get put PUT Put post POST Post delete DELETE Delete);
