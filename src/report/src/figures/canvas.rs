//! A canvas in points over plotters' SVG backend, and the inks that the page can recolour.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// The backend's coordinates are whole numbers: everything is drawn this many times larger, and the viewBox kept.
const MAGNIFICATION: f64 = 8.0;

/// The backend writes font sizes divided by this.
const FONT_SIZE_DIVISOR: f64 = 1.24;

/// Fonts of the figures: whichever of them the reader has.
const FONTS: &str = "Inter, DejaVu Sans, Arial, sans-serif";

/// Colours by their role; each is a literal colour in the file and a CSS variable in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Titles and values.
    Text,
    /// Axis labels and notes.
    Muted,
    /// Grid lines.
    Grid,
    /// The ground.
    Paper,
    /// New version; value; gains.
    Blue,
    /// Old version; gas.
    Orange,
    /// Fees; addresses.
    Green,
    /// Losses and tails.
    Red,
    /// A further series.
    Purple,
    /// What is shown for comparison.
    Grey,
}

impl Ink {
    /// Every ink.
    pub(crate) const ALL: [Self; 10] = [
        Self::Text,
        Self::Muted,
        Self::Grid,
        Self::Paper,
        Self::Blue,
        Self::Orange,
        Self::Green,
        Self::Red,
        Self::Purple,
        Self::Grey,
    ];

    const fn rgb(self) -> RGBColor {
        match self {
            Self::Text => RGBColor(0x1B, 0x1E, 0x23),
            Self::Muted => RGBColor(0x63, 0x69, 0x72),
            Self::Grid => RGBColor(0xDF, 0xE1, 0xE4),
            Self::Paper => RGBColor(0xFF, 0xFF, 0xFE),
            Self::Blue => RGBColor(0x1F, 0x5F, 0x99),
            Self::Orange => RGBColor(0xC2, 0x5B, 0x12),
            Self::Green => RGBColor(0x2E, 0x7D, 0x54),
            Self::Red => RGBColor(0xB0, 0x2A, 0x3A),
            Self::Purple => RGBColor(0x73, 0x4F, 0x96),
            Self::Grey => RGBColor(0x8A, 0x90, 0x99),
        }
    }

    /// The colour as the backend writes it.
    pub(crate) fn hex(self) -> String {
        let RGBColor(red, green, blue) = self.rgb();
        format!("#{red:02X}{green:02X}{blue:02X}")
    }

    /// The CSS variable that stands for the ink in the page.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Text => "--text",
            Self::Muted => "--muted",
            Self::Grid => "--grid",
            Self::Paper => "--paper",
            Self::Blue => "--blue",
            Self::Orange => "--orange",
            Self::Green => "--green",
            Self::Red => "--red",
            Self::Purple => "--purple",
            Self::Grey => "--grey",
        }
    }
}

/// Where a text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Left end.
    Start,
    /// Middle.
    Middle,
    /// Right end.
    End,
}

/// How a text looks: ink, size in points, weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    ink: Ink,
    size: f64,
    is_bold: bool,
}

impl Type {
    /// The title of a panel.
    pub(super) const TITLE: Self = Self { ink: Ink::Text, size: 12.5, is_bold: true };
    /// Everything that is small.
    pub(super) const NOTE: Self = Self { ink: Ink::Muted, size: 10.5, is_bold: false };
    /// Labels of rows and values.
    pub(super) const LABEL: Self = Self { ink: Ink::Text, size: 10.5, is_bold: false };

    /// The same in another ink.
    pub(super) const fn with(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// The same in bold.
    pub(super) const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }
}

/// What drawing returns.
pub(super) type Drawn = Result<(), String>;

/// A canvas; lengths are points, the origin is top left.
pub(super) struct Canvas<'b> {
    area: DrawingArea<SVGBackend<'b>, Shift>,
}

type Point = (f64, f64);

/// Points off the canvas beyond this are drawn at it: the backend adds and subtracts whole numbers, points.
const FARTHEST: f64 = 1e5;

fn magnified((x, y): Point) -> (i32, i32) {
    let whole = |length: f64| (length.clamp(-FARTHEST, FARTHEST) * MAGNIFICATION).round() as i32;
    (whole(x), whole(y))
}

impl Canvas<'_> {
    /// A line through `points`.
    pub(super) fn line(&self, points: &[Point], ink: Ink, width: f64) -> Drawn {
        let style = ink.rgb().stroke_width((width * MAGNIFICATION).round() as u32);
        let points: Vec<_> = points.iter().copied().map(magnified).collect();
        self.area.draw(&PathElement::new(points, style)).map_err(|why| why.to_string())
    }

    /// A filled polygon.
    pub(super) fn polygon(&self, points: &[Point], ink: Ink, opacity: f64) -> Drawn {
        let points: Vec<_> = points.iter().copied().map(magnified).collect();
        let style = ShapeStyle { color: ink.rgb().mix(opacity), filled: true, stroke_width: 0 };
        self.area.draw(&Polygon::new(points, style)).map_err(|why| why.to_string())
    }

    /// A filled rectangle between two corners.
    pub(super) fn rectangle(&self, from: Point, to: Point, ink: Ink, opacity: f64) -> Drawn {
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        let corners = [magnified((left, top)), magnified((right, bottom))];
        let style = ShapeStyle { color: ink.rgb().mix(opacity), filled: true, stroke_width: 0 };
        self.area.draw(&Rectangle::new(corners, style)).map_err(|why| why.to_string())
    }

    /// A text whose middle line lies on the point.
    pub(super) fn text(&self, at: Point, text: &str, kind: Type, anchor: Anchor) -> Drawn {
        let side = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let weight = if kind.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = (FONTS, kind.size * FONT_SIZE_DIVISOR * MAGNIFICATION, weight).into_font();
        let colour = kind.ink.rgb();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), magnified(at), style)).map_err(|why| why.to_string())
    }
}

/// Width of a text, points: an estimate (a sans-serif letter is about 0.54 of its size wide), used to keep labels apart.
pub(super) fn text_width(text: &str, kind: Type) -> f64 {
    0.54 * kind.size * text.chars().count() as f64
}

/// Draws an SVG of `size` points, named `title` and described by `description` for those who do not see it.
///
/// # Errors
/// What the backend could not draw.
pub(super) fn draw(
    size: Point,
    (title, description): (&str, &str),
    paint: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, String> {
    let mut svg = String::new();
    let (width, height) = magnified(size);
    let backend = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs()));
    let canvas = Canvas { area: backend.into_drawing_area() };
    canvas.rectangle((0.0, 0.0), size, Ink::Paper, 1.0)?;
    paint(&canvas)?;
    canvas.area.present().map_err(|why| why.to_string())?;
    drop(canvas);
    Ok(finished(&svg, size, title, description))
}

/// The backend's file at its true size, with names, and without what every element repeats.
fn finished(svg: &str, size: Point, title: &str, description: &str) -> String {
    let (width, height) = magnified(size);
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let before = format!("<svg width=\"{width}\" height=\"{height}\" ");
    let after = format!(
        "<svg width=\"{}\" height=\"{}\" role=\"img\" font-family=\"{FONTS}\" stroke-linejoin=\"round\" ",
        size.0, size.1
    );
    let names = format!("<title>{}</title>\n<desc>{}</desc>\n", escaped(title), escaped(description));
    let mut svg = svg.replacen(&before, &after, 1);
    if let Some(end) = svg.find('>') {
        svg.insert_str(end + 2, &names);
    }
    svg.replace(&format!(" font-family=\"{FONTS}\" font-size"), " font-size")
        .replace(" opacity=\"1\"", "")
        .replace(" \"", "\"")
        .replace("\n</text>", "</text>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_its_size_its_names_and_its_inks() {
        let svg = draw((300.0, 200.0), ("a < b", "what & why"), |canvas| {
            canvas.line(&[(0.0, 0.0), (10.0, 5.5)], Ink::Blue, 1.5)?;
            canvas.text((10.0, 10.0), "1 < 2", Type::NOTE, Anchor::End)
        })
        .unwrap();
        assert!(svg.starts_with("<svg width=\"300\" height=\"200\" role=\"img\""), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 2400 1600\"") && svg.contains("<title>a &lt; b</title>"));
        assert!(svg.contains(&Ink::Blue.hex()) && svg.contains("points=\"0,0 80,44\""), "{svg}");
        assert!(svg.contains("1 &lt; 2</text>") && svg.contains("text-anchor=\"end\""));
        let distinct: std::collections::BTreeSet<String> = Ink::ALL.iter().map(|ink| ink.hex()).collect();
        assert_eq!(distinct.len(), Ink::ALL.len(), "two inks could not be told apart by the page");
    }
}
