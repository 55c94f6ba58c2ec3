//! Pictures drawn for these pages: a 24 grid, round strokes. Never the only label of anything.

use maud::{Markup, html};

/// What a picture shows.
#[derive(Clone, Copy)]
pub(crate) enum Icon {
    Alert,
    ArrowDown,
    ArrowRight,
    ArrowUp,
    Building,
    Check,
    CheckCircle,
    ChevronLeft,
    ChevronRight,
    Clock,
    Close,
    Compass,
    Download,
    Envelope,
    Info,
    Key,
    Lines,
    Lock,
    Menu,
    Moon,
    People,
    Phone,
    Screen,
    Search,
    ShieldCheck,
    Sliders,
    Sorter,
    Warning,
}

const fn path(icon: Icon) -> &'static str {
    match icon {
        Icon::Alert => "M12 3.2a8.8 8.8 0 1 1 0 17.6 8.8 8.8 0 0 1 0-17.6zM12 7.7v5.2M12 16.2v.05",
        Icon::ArrowDown => "M12 5.2v13.4M17.3 13.3 12 18.6l-5.3-5.3",
        Icon::ArrowRight => "M5.2 12h13.4M13.3 6.7l5.3 5.3-5.3 5.3",
        Icon::ArrowUp => "M12 18.8V5.4M6.7 10.7 12 5.4l5.3 5.3",
        Icon::Building => {
            "M5.2 20.2V6a1.5 1.5 0 0 1 1.5-1.5H12A1.5 1.5 0 0 1 13.5 6v14.2M13.5 10.2h3.8a1.5 1.5 0 0 1 1.5 1.5v8.5M3.5 20.2h17M8.4 8.5h1.9M8.4 12h1.9M8.4 15.5h1.9"
        }
        Icon::Check => "M5.2 12.6l4.3 4.2 9.3-9.5",
        Icon::CheckCircle => "M12 3.2a8.8 8.8 0 1 1 0 17.6 8.8 8.8 0 0 1 0-17.6zM8.2 12.2l2.7 2.7 5-5.4",
        Icon::ChevronLeft => "M14.7 6.3 9 12l5.7 5.7",
        Icon::ChevronRight => "M9.3 6.3 15 12l-5.7 5.7",
        Icon::Clock => "M12 3.2a8.8 8.8 0 1 1 0 17.6 8.8 8.8 0 0 1 0-17.6zM12 7.4V12l3.1 1.9",
        Icon::Close => "M6.7 6.7l10.6 10.6M17.3 6.7 6.7 17.3",
        Icon::Compass => {
            "M12 3.2a8.8 8.8 0 1 1 0 17.6 8.8 8.8 0 0 1 0-17.6zM15.4 8.6l-1.9 4.9-4.9 1.9 1.9-4.9z"
        }
        Icon::Download => "M12 4.2v10.9M7.3 10.4l4.7 4.7 4.7-4.7M4.8 19.8h14.4",
        Icon::Envelope => {
            "M5.2 5.4h13.6a1.5 1.5 0 0 1 1.5 1.5v10.2a1.5 1.5 0 0 1-1.5 1.5H5.2a1.5 1.5 0 0 1-1.5-1.5V6.9a1.5 1.5 0 0 1 1.5-1.5zM4.2 7.2l7.8 6 7.8-6"
        }
        Icon::Info => "M12 3.2a8.8 8.8 0 1 1 0 17.6 8.8 8.8 0 0 1 0-17.6zM12 11.2v5M12 7.9v.05",
        Icon::Key => {
            "M8.2 11.2a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4zM11.3 12.4 18.6 5M15.4 8.3l2.7 2.6M17.9 5.7l2.1 2.1"
        }
        Icon::Lines => "M9 6.2h10.8M9 12h10.8M9 17.8h10.8M4.5 6.2v.05M4.5 12v.05M4.5 17.8v.05",
        Icon::Lock => {
            "M7 10.8h10a1.5 1.5 0 0 1 1.5 1.5v6.2A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5v-6.2A1.5 1.5 0 0 1 7 10.8zM8.3 10.8V7.7a3.7 3.7 0 0 1 7.4 0v3.1"
        }
        Icon::Menu => "M4.2 6.8h15.6M4.2 12h15.6M4.2 17.2h15.6",
        Icon::Moon => "M19.6 14.6A8.2 8.2 0 0 1 9.4 4.4a8.2 8.2 0 1 0 10.2 10.2z",
        Icon::People => {
            "M9.8 4a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM3.7 19.2v-1.4a3.8 3.8 0 0 1 3.8-3.8h4.6a3.8 3.8 0 0 1 3.8 3.8v1.4M15.7 4.2a3.4 3.4 0 0 1 0 6.4M17.7 14.2a3.8 3.8 0 0 1 2.6 3.6v1.4"
        }
        Icon::Phone => {
            "M8.4 3.6h7.2a1.5 1.5 0 0 1 1.5 1.5v13.8a1.5 1.5 0 0 1-1.5 1.5H8.4a1.5 1.5 0 0 1-1.5-1.5V5.1a1.5 1.5 0 0 1 1.5-1.5zM11 17.4h2"
        }
        Icon::Screen => {
            "M5 4.8h14a1.3 1.3 0 0 1 1.3 1.3v8.6A1.3 1.3 0 0 1 19 16H5a1.3 1.3 0 0 1-1.3-1.3V6.1A1.3 1.3 0 0 1 5 4.8zM12 16v3.7M8.3 19.7h7.4"
        }
        Icon::Search => "M10.9 4.2a6.7 6.7 0 1 1 0 13.4 6.7 6.7 0 0 1 0-13.4zM15.7 15.7l4.1 4.1",
        Icon::ShieldCheck => {
            "M12 3.2l7.3 2.7v5.4c0 4.4-2.9 7.8-7.3 9.5-4.4-1.7-7.3-5.1-7.3-9.5V5.9zM8.9 11.8l2.2 2.2 4-4.2"
        }
        Icon::Sliders => {
            "M4.2 7.6h8.3M17.3 7.6h2.5M14.9 5.2a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zM4.2 16.4h2.5M11.5 16.4h8.3M9.1 14a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z"
        }
        Icon::Sorter => "M8.2 9.7 12 6l3.8 3.7M8.2 14.3 12 18l3.8-3.7",
        Icon::Warning => "M12 4.2 20.9 19.5H3.1zM12 10.2v4.1M12 16.9v.05",
    }
}

/// A picture in the size of the text around it.
pub(crate) fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d=(path(icon)) {} }
    }
}

/// The sign of narthex: a porch with a door.
pub(crate) fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            path d="M4.2 28.8V15.6a11.8 11.8 0 0 1 23.6 0v13.2M2.6 28.8h26.8" {}
            path.door d="M10.7 28.8V16.6a5.3 5.3 0 0 1 10.6 0v12.2" {}
        }
    }
}
