//! `/docs`: the OpenAPI document as one page, made here, so that it loads nothing from anywhere.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::document;

const STYLE: &str = include_str!("docs.css");
/// The page runs no script and asks nobody.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

static PAGE: LazyLock<String> = LazyLock::new(|| render(document()));

/// Written once: it is long, and anyone may ask for it all the time.
static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

pub(super) async fn json() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

pub(super) async fn page() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE.as_str())).into_response()
}

fn render(document: &Value) -> String {
    let mut body = String::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            body.push_str(&operation_html(method, path, operation));
        }
    }
    let mut schemas = String::new();
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        // Writing into a string cannot fail.
        let _ = write!(
            schemas,
            "<details id=\"{0}\"><summary>{0}</summary><pre>{1}</pre></details>",
            escape(name),
            escape(&pretty(schema))
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1><p>{description}</p><p><a href=\"/openapi.json\">openapi.json</a></p>\
         <h2>Routes</h2>{body}<h2>Schemas</h2>{schemas}</main></body></html>",
        title = escape(text(&document["info"]["title"])),
        description = escape(text(&document["info"]["description"])),
    )
}

fn operation_html(method: &str, path: &str, operation: &Value) -> String {
    let mut rows = String::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let _ = write!(
            rows,
            "<tr><td><code>{}</code></td><td>{}{}</td><td>{}</td></tr>",
            escape(text(&parameter["name"])),
            escape(text(&parameter["in"])),
            if parameter["required"] == Value::Bool(true) { ", required" } else { "" },
            escape(text(&parameter["description"])),
        );
    }
    let parameters = if rows.is_empty() { rows } else { format!("<table>{rows}</table>") };
    let schema = |content: &Value| {
        let first = content.as_object().and_then(|kinds| kinds.values().next());
        first.map(|kind| pretty(&kind["schema"])).filter(|text| text != "{}" && text != "null")
    };
    let shown = |title: &str, found: Option<String>| {
        found.map_or_else(String::new, |text| format!("<h4>{title}</h4><pre>{}</pre>", escape(&text)))
    };
    let body = shown("Body", schema(&operation["requestBody"]["content"]));
    let done = operation["responses"].as_object().and_then(|all| all.values().next());
    let answer = shown("Answer", done.and_then(|done| schema(&done["content"])));
    format!(
        "<details><summary><b class=\"{method}\">{method}</b> <code>{path}</code> {summary}</summary>\
         {parameters}{body}{answer}</details>",
        path = escape(path),
        summary = escape(text(&operation["summary"])),
    )
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nobody() {
        let page = PAGE.as_str();
        assert!(page.contains("/v1/status"));
        for foreign in ["<script", "http://", "src=", "<link", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
