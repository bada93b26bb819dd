//! The description of the REST API, made from the code.

mod problems;

use crate::v1;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Required, Type};

/// The whole API as OpenAPI 3.1.
pub fn description() -> OpenApi {
    let mut described = v1::description();
    for (path, item) in &mut described.paths.paths {
        if let Some(post) = &mut item.post {
            post.parameters.get_or_insert_default().push(idempotency_key().into());
        }
        for operation in operations(item) {
            problems::add_to(operation, path.contains('{'));
        }
    }
    let mut components = described.components.take().unwrap_or_default();
    problems::define_in(&mut components);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, made in the dashboard"))
        .build();
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Hookreel")
                .version("1")
                .description(Some("Send, receive and replay webhooks."))
                .build(),
        )
        .paths(described.paths)
        .components(Some(components))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>("api_key", [])]))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Every `POST` takes one.
fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same request within 24 hours has one effect and one answer, which then carries \
             `Idempotent-Replayed: true`.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(256)).build()))
        .build()
}

/// The description as JSON text, the way it is committed and served.
pub fn json() -> String {
    let mut text = description().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
