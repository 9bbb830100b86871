//! What the console looks like. Reads the application's state and draws it; changes nothing, asks
//! no clock, touches no terminal.

pub mod glyphs;
pub mod painter;
pub mod svg;
pub mod text;
pub mod theme;
pub mod widgets;
