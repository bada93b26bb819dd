//! Where this Hookreel is reached, for the commands and links that people take elsewhere.

use leptos::prelude::*;

/// `https://hooks.example.com`, without a slash at the end. To be called while a page is being made.
pub fn use_origin() -> String {
    SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            crate::server::origin()
        }
        #[cfg(not(feature = "ssr"))]
        {
            window().location().origin().unwrap_or_default()
        }
    })
    .into_inner()
}
