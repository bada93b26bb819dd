//! The description of the API tells the truth.

use crate::app::TestApp;
use http::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn golden() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"))
}

/// Every operation as method, path and id.
pub(crate) fn operations() -> Vec<(Method, String, String)> {
    let description: Value = serde_json::from_str(&hookreel_http::openapi::json()).unwrap();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            found.push((method.to_uppercase().parse().unwrap(), path.clone(), id));
        }
    }
    found
}

#[test]
fn the_committed_description_is_the_one_of_the_code() {
    let now = hookreel_http::openapi::json();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(golden(), &now).unwrap();
    }
    let committed = std::fs::read_to_string(golden()).unwrap_or_default();
    assert!(committed == now, "openapi.json is stale: run the tests of hookreel-http with UPDATE_OPENAPI=1");
}

#[test]
fn the_committed_conventions_are_those_of_the_reference() {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md"));
    let now = hookreel_http::docs::conventions();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &now).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(committed == now, "api.md is stale: run the tests of hookreel-http with UPDATE_OPENAPI=1");
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let mut ids: Vec<_> = operations().into_iter().map(|(_, _, id)| id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), count > 35), (count, true));
}

#[test]
fn every_reference_leads_to_something_described() {
    let description: Value = serde_json::from_str(&hookreel_http::openapi::json()).unwrap();
    let text = description.to_string();
    let mut references = 0;
    for rest in text.split(r##""$ref":"#"##).skip(1) {
        let pointer = rest.split('"').next().unwrap();
        assert!(description.pointer(pointer).is_some(), "{pointer}");
        references += 1;
    }
    assert!(references > 100, "{references}");
}

#[tokio::test]
async fn the_fields_of_a_source_are_described_as_the_list_of_providers_has_them() {
    let app = TestApp::start().await;
    let description: Value = serde_json::from_str(&hookreel_http::openapi::json()).unwrap();
    let schemas = &description["components"]["schemas"];
    for body in ["SourceIn", "SourceOut", "SourcePatch"] {
        let about = schemas[body]["properties"]["fields"].to_string();
        assert!(about.contains(r##""$ref":"#/components/schemas/SourceFields""##), "{body}: {about}");
    }
    let required = schemas["SourceIn"]["required"].as_array().unwrap();
    assert!(!required.iter().any(|name| name == "fields"), "{required:?}");

    let described = &schemas["SourceFields"];
    assert_eq!(described["additionalProperties"], false);
    let page = app.get("/api/v1/source-provider?limit=250").send().await.expect(200);
    let mut names = BTreeSet::new();
    for provider in page["data"].as_array().unwrap() {
        for field in provider["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let about = &described["properties"][name];
            let text = about["description"].as_str().unwrap();
            let taker = format!("`{}`", provider["name"].as_str().unwrap());
            assert!(text.contains(&taker) && text.contains(field["hint"].as_str().unwrap()), "{name}: {text}");
            for choice in field["choices"].as_array().unwrap() {
                assert!(about["enum"].as_array().unwrap().contains(choice), "{name}: {choice}");
            }
            names.insert(name.to_owned());
        }
    }
    let properties: BTreeSet<String> = described["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(properties, names);
    for name in ["webhook_id", "topic_arn", "verify_token", "public_key", "header", "timestamp_pointer"] {
        assert!(names.contains(name), "{name}");
    }
}

#[tokio::test]
async fn every_described_operation_exists_and_asks_for_a_key() {
    let app = TestApp::start().await;
    for (method, path, id) in operations() {
        let expected = if id == "health_get" { 204 } else { 401 };
        for path in [path.clone(), format!("{path}/")] {
            let answer = app.call(method.clone(), &path).without_key().send().await;
            assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn every_described_operation_refuses_a_parameter_that_it_does_not_know() {
    let app = TestApp::start().await;
    // Who watches the health may add to the address whatever keeps caches away.
    for (method, path, _) in operations().into_iter().filter(|(_, _, id)| id != "health_get") {
        let answer = app.call(method.clone(), &format!("{path}?surely_unknown=1")).send().await;
        assert_eq!(answer.status, 422, "{method} {path}: {}", answer.text());
        let errors = answer.field_errors();
        let expected = "query.surely_unknown: is not known here";
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{method} {path}: {errors:?}");
    }
}

#[tokio::test]
async fn the_reference_is_served_without_anything_from_elsewhere() {
    let app = TestApp::start().await;
    let json = app.get("/api/v1/openapi.json").without_key().send().await;
    assert_eq!(json.expect(200)["openapi"], "3.1.0");
    let page = app.get("/docs").without_key().send().await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("Publish a message") && page.text().contains("Known quirks"));
    assert!(!page.text().contains("src=\"") && !page.text().contains("href=\"http"));
    let style = app.get("/docs/style.css").without_key().send().await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
}
