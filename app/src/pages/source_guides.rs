//! How webhooks of each provider are received, for anybody to read: the list. One provider is [`SourceGuidePage`].

pub mod example;
pub mod show;

pub use show::SourceGuidePage;

use crate::components::{PageHeader, PublicFrame, loaded};
use crate::pages::sources::picker::{Leads, ProviderList};
use crate::pages::sources::server::list_providers;
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Meta;

/// Every provider there is.
#[component]
pub fn SourceGuidesPage() -> impl IntoView {
    let providers = Resource::new(|| (), |()| list_providers());
    view! {
        <Meta name="description" content="How Hookreel verifies the webhooks of each provider, and how to set them up."/>
        <PublicFrame>
            <PageHeader
                title="Providers"
                lead="Whose webhooks can be received, how each of them signs, and what to do on its side. Anybody else who signs can be received by a rule of your own."
            />
            {loaded(providers, |providers| {
                view! { <ProviderList providers action=Path::SourceGuides leads=Leads::ToGuide/> }
            })}
        </PublicFrame>
    }
}
