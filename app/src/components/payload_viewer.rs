//! A body as it came, and as a person can read it. Nothing in it runs, and nothing in it is fetched.

use super::amount::{grouped, size};
use super::copyable::CopyButton;
use super::json_tree::{Node, parse};
use super::payload_search;
use hookreel_contract::views::Body;
use leptos::prelude::*;

/// Larger bodies are shown as text only: thousands of foldable parts would make the page slow.
const TREE_BYTES_MAX: usize = 64 * 1024;

/// Longer lists and objects are folded at first.
const OPEN_ITEMS_MAX: usize = 40;

/// A body: as a foldable tree if it is JSON, and as the text it is.
#[component]
pub fn PayloadViewer(
    body: Body,
    /// Tells this viewer from others on the page.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    if body.bytes == 0 {
        return view! { <p class="muted">"Empty."</p> }.into_any();
    }
    let tree = (!body.is_hex && !body.is_cut && body.text.len() <= TREE_BYTES_MAX).then(|| parse(&body.text)).flatten();
    let kind = match (&tree, body.is_hex) {
        (Some(_), _) => "JSON",
        (None, true) => "Binary",
        (None, false) => "Text",
    };
    let cut = body.is_cut.then(|| {
        view! { <p class="payload-cut">"Only the beginning is shown."</p> }
    });
    let has_tree = tree.is_some();
    let search = Search::new(&name);
    let folding = RwSignal::new(Folding::Long);
    let readable = tree.map(|tree| readable_view(tree, folding, search.clone()));
    let text = StoredValue::new(body.text.clone());
    let raw = {
        let search = search.clone();
        move || text.with_value(|text| search.shown_in(text))
    };
    view! {
        <div class="payload">
            {has_tree.then(|| ways_to_look(&name))}
            {has_tree.then(|| folding_buttons(folding))}
            <SearchField search text/>
            <span class="payload-size" title=format!("{} bytes", grouped(body.bytes))>
                {format!("{kind} · {}", size(body.bytes))}
            </span>
            <CopyButton text=body.text label="Copy body" worded=true/>
            {readable}
            <pre class="payload-raw" tabindex="0" aria-label="Body"><code>{raw}</code></pre>
            {cut}
        </div>
    }
    .into_any()
}

/// Which parts of a tree are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folding {
    /// Long lists and objects.
    Long,
    /// All of them.
    All,
    /// None.
    None,
}

/// What is looked for in a body.
#[derive(Clone)]
struct Search {
    /// Tells it from others on the page.
    name: String,
    wanted: RwSignal<String>,
    /// The place that was gone to last.
    current: RwSignal<usize>,
}

impl Search {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), wanted: RwSignal::new(String::new()), current: RwSignal::new(0) }
    }

    /// A text as it is, or with the places that were found.
    fn shown_in(&self, text: &str) -> AnyView {
        let wanted = self.wanted.read();
        if wanted.is_empty() {
            return text.to_owned().into_any();
        }
        payload_search::marked(text, &wanted, &self.name, self.current.read_only())
    }
}

/// The tree; while something is looked for, the same as lines, because a folded part would hide it.
fn readable_view(tree: Node, folding: RwSignal<Folding>, search: Search) -> impl IntoView {
    let tree = StoredValue::new(tree);
    let is_searched = Memo::new(move |_| !search.wanted.read().is_empty());
    // Two lists of the same marks cannot have the same ids.
    let in_tree = Search { name: format!("{}-tree", search.name), ..search };
    let content = move || {
        if is_searched.get() {
            let lines = tree.with_value(Node::pretty);
            let in_tree = in_tree.clone();
            view! { <pre class="payload-found"><code>{move || in_tree.shown_in(&lines)}</code></pre> }.into_any()
        } else {
            node_view(tree.get_value(), None, true, folding.get())
        }
    };
    view! { <div class="payload-tree" tabindex="0" role="group" aria-label="Body, foldable">{content}</div> }
}

fn folding_buttons(folding: RwSignal<Folding>) -> impl IntoView {
    view! {
        <span class="payload-folding needs-script">
            <button type="button" class="payload-button" on:click=move |_| folding.set(Folding::All)>"Fold all"</button>
            <button type="button" class="payload-button" on:click=move |_| folding.set(Folding::None)>"Unfold all"</button>
        </span>
    }
}

/// Needs JavaScript; browsers have a search of their own.
#[component]
fn SearchField(search: Search, text: StoredValue<String>) -> impl IntoView {
    let Search { name, wanted, current } = search;
    let found = Memo::new(move |_| text.with_value(|text| payload_search::count(text, &wanted.read())));
    let go_on = move |event: leptos::ev::KeyboardEvent| {
        let count = found.get_untracked();
        if event.key() == "Enter" && count > 0 {
            event.prevent_default();
            let step = if event.shift_key() { count - 1 } else { 1 };
            current.update(|current| *current = (*current + step) % count);
            // Whichever way of looking is chosen, the other one is not shown and does not scroll.
            for shown in [name.clone(), format!("{name}-tree")] {
                payload_search::scroll_to(&shown, current.get_untracked());
            }
        }
    };
    let on_input = move |event| {
        current.set(0);
        wanted.set(event_target_value(&event));
    };
    let count = move || (!wanted.read().is_empty()).then(|| payload_search::count_text(found.get(), current.get()));
    view! {
        <span class="payload-search needs-script">
            <input
                type="search"
                aria-label="Find in the body; Enter goes to the next place"
                placeholder="Find"
                autocomplete="off"
                spellcheck="false"
                on:input=on_input
                on:keydown=go_on
            />
            <span class="payload-search-count" role="status">{count}</span>
        </span>
    }
}

fn ways_to_look(name: &str) -> impl IntoView + use<> {
    let (tree, raw) = (format!("{name}-tree"), format!("{name}-raw"));
    let group = format!("{name}-way");
    view! {
        <input class="payload-way-tree visually-hidden" type="radio" name=group.clone() id=tree.clone() checked=true/>
        <label class="payload-way" for=tree>"Readable"</label>
        <input class="payload-way-raw visually-hidden" type="radio" name=group id=raw.clone()/>
        <label class="payload-way" for=raw>"Raw"</label>
    }
}

/// A value with the name it has in its object, and whether it ends its list.
fn node_view(node: Node, name: Option<String>, is_last: bool, folding: Folding) -> AnyView {
    let comma = (!is_last).then_some(",");
    match node {
        Node::Object(members) => {
            let count = members.len();
            let inner = members
                .into_iter()
                .enumerate()
                .map(|(place, (name, node))| node_view(node, Some(name), place + 1 == count, folding))
                .collect_view()
                .into_any();
            branch(name, ['{', '}'], count, inner, comma, folding)
        }
        Node::Array(items) => {
            let count = items.len();
            let inner = items
                .into_iter()
                .enumerate()
                .map(|(place, node)| node_view(node, None, place + 1 == count, folding))
                .collect_view()
                .into_any();
            branch(name, ['[', ']'], count, inner, comma, folding)
        }
        Node::String(text) => leaf(name, "json-string", text, comma),
        Node::Number(text) => leaf(name, "json-number", text, comma),
        Node::Word(text) => leaf(name, "json-word", text, comma),
    }
}

fn name_view(name: Option<String>) -> impl IntoView {
    name.map(|name| view! { <span class="json-name">{name}</span>": " })
}

fn leaf(name: Option<String>, class: &'static str, text: String, comma: Option<&'static str>) -> AnyView {
    view! { <div class="json-line">{name_view(name)}<span class=class>{text}</span>{comma}</div> }.into_any()
}

fn branch(
    name: Option<String>,
    [begin, end]: [char; 2],
    count: usize,
    inner: AnyView,
    comma: Option<&'static str>,
    folding: Folding,
) -> AnyView {
    let is_open = match folding {
        Folding::Long => count <= OPEN_ITEMS_MAX,
        Folding::All => false,
        Folding::None => true,
    };
    if count == 0 {
        return view! { <div class="json-line">{name_view(name)}{format!("{begin}{end}")}{comma}</div> }.into_any();
    }
    let folded = match (begin, count) {
        ('{', 1) => format!("1 field {end}"),
        ('{', _) => format!("{count} fields {end}"),
        (_, 1) => format!("1 item {end}"),
        (_, _) => format!("{count} items {end}"),
    };
    view! {
        <details class="json-branch" open=is_open>
            <summary>{name_view(name)}{begin.to_string()}<span class="json-folded">{folded}{comma}</span></summary>
            <div class="json-inner">{inner}</div>
            <div class="json-end">{end.to_string()}{comma}</div>
        </details>
    }
    .into_any()
}
