//! The browser's module: takes over the pages that the server rendered.

// As in `app`: views nest deeply, and so do their types.
#![recursion_limit = "512"]

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once when the module has been loaded.
#[wasm_bindgen]
pub fn hydrate() {
    // What went wrong stands in the browser's console, not only that something did.
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
