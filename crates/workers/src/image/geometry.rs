//! The geometry of `fit`, `position` and `extract`, with sharp's rounding.
//!
//! All sizes are in pixels. Nothing here reads pixel values.

/// Width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Size {
    /// Number of pixels.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The size with width and height swapped.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            width: self.height,
            height: self.width,
        }
    }
}

/// A rectangle within an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Distance from the left edge, in pixels.
    pub left: u32,
    /// Distance from the top edge, in pixels.
    pub top: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Area {
    /// The area of a whole image.
    #[must_use]
    pub fn whole(size: Size) -> Self {
        Self {
            left: 0,
            top: 0,
            width: size.width,
            height: size.height,
        }
    }

    /// Width and height.
    #[must_use]
    pub fn size(self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }

    /// Whether the area is not empty and lies within an image of this size.
    #[must_use]
    pub fn is_within(self, size: Size) -> bool {
        let fits = |start: u32, length: u32, all: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= all)
        };
        fits(self.left, self.width, size.width) && fits(self.top, self.height, size.height)
    }
}

/// How an image is fitted to the requested width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Scaled to cover the requested size, then cropped to it.
    Cover,
    /// Scaled to fit inside the requested size, then padded to it with the background.
    Contain,
    /// Stretched to the requested size.
    Fill,
    /// Scaled to fit inside the requested size.
    Inside,
    /// Scaled to cover the requested size.
    Outside,
}

impl Fit {
    /// All values, in the order of `lib/native/tasks/image.js`.
    pub const ALL: &'static [Self] = &[
        Self::Cover,
        Self::Contain,
        Self::Fill,
        Self::Inside,
        Self::Outside,
    ];
}

/// Which part of an image a crop keeps, or where padding places the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    horizontal: Place,
    vertical: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Middle,
    End,
}

impl Position {
    /// All positions, in the order of `lib/native/tasks/image.js`: centre, north, east, south,
    /// west, northeast, southeast, southwest, northwest.
    pub const ALL: &'static [Self] = {
        use Place::{End, Middle, Start};
        const fn position(horizontal: Place, vertical: Place) -> Position {
            Position {
                horizontal,
                vertical,
            }
        }
        &[
            position(Middle, Middle),
            position(Middle, Start),
            position(End, Middle),
            position(Middle, End),
            position(Start, Middle),
            position(End, Start),
            position(End, End),
            position(Start, End),
            position(Start, Start),
        ]
    };
}

/// The requested size, and how the image is fitted to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The width in pixels; `None` derives it from the height.
    pub width: Option<u32>,
    /// The height in pixels; `None` derives it from the width.
    pub height: Option<u32>,
    /// How the image is fitted to the size.
    pub fit: Fit,
    /// Which part a crop keeps, or where padding places the image.
    pub position: Position,
    /// Whether the image is never enlarged.
    pub without_enlargement: bool,
}

/// Shrink factors: the size of an image divided by its scaled size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrink {
    /// Factor of the width.
    pub horizontal: f64,
    /// Factor of the height.
    pub vertical: f64,
}

/// The steps that bring an image to the requested size: scale, crop, pad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The factors by which the image is scaled.
    pub shrink: Shrink,
    /// The size of the scaled image.
    pub scaled: Size,
    /// The area of the scaled image that the crop keeps.
    pub kept: Area,
    /// The padding: left and top position on the background, and the size of the background. `None`
    /// if there is none.
    pub canvas: Option<(u32, u32, Size)>,
}

impl Plan {
    /// The size of the result.
    #[must_use]
    pub fn output(&self) -> Size {
        self.canvas
            .map_or(self.kept.size(), |(_, _, canvas)| canvas)
    }
}

impl Request {
    /// Whether a width or a height is requested.
    #[must_use]
    pub fn is_resize(&self) -> bool {
        self.width.is_some() || self.height.is_some()
    }

    /// The shrink factors for an image of size `from`.
    #[must_use]
    pub fn shrink(&self, from: Size) -> Shrink {
        let ratio = |from: u32, to: Option<u32>| to.map(|to| f64::from(from) / f64::from(to));
        let (horizontal, vertical) = match (
            ratio(from.width, self.width),
            ratio(from.height, self.height),
        ) {
            (None, None) => (1.0, 1.0),
            (Some(horizontal), None) if self.fit == Fit::Fill => (horizontal, 1.0),
            (None, Some(vertical)) if self.fit == Fit::Fill => (1.0, vertical),
            (Some(ratio), None) | (None, Some(ratio)) => (ratio, ratio),
            (Some(horizontal), Some(vertical)) => match self.fit {
                Fit::Fill => (horizontal, vertical),
                Fit::Cover | Fit::Outside => {
                    let least = horizontal.min(vertical);
                    (least, least)
                }
                Fit::Contain | Fit::Inside => {
                    let most = horizontal.max(vertical);
                    (most, most)
                }
            },
        };
        let least = if self.without_enlargement { 1.0 } else { 0.0 };
        // Each side keeps at least one pixel.
        Shrink {
            horizontal: horizontal.max(least).min(from.width.into()),
            vertical: vertical.max(least).min(from.height.into()),
        }
    }

    /// The steps for an image of size `from`.
    #[must_use]
    pub fn plan(&self, from: Size) -> Plan {
        let shrink = self.shrink(from);
        let scaled = Size {
            width: scaled(from.width, shrink.horizontal),
            height: scaled(from.height, shrink.vertical),
        };
        let asked = Size {
            width: self.width.unwrap_or(scaled.width),
            height: self.height.unwrap_or(scaled.height),
        };
        let mut plan = Plan {
            shrink,
            scaled,
            kept: Area::whole(scaled),
            canvas: None,
        };
        match self.fit {
            Fit::Cover => {
                let (width, height) = (
                    asked.width.min(scaled.width),
                    asked.height.min(scaled.height),
                );
                plan.kept = Area {
                    left: self.position.horizontal.crop(scaled.width - width),
                    top: self.position.vertical.crop(scaled.height - height),
                    width,
                    height,
                };
            }
            Fit::Contain => {
                let canvas = Size {
                    width: asked.width.max(scaled.width),
                    height: asked.height.max(scaled.height),
                };
                if canvas != scaled {
                    let left = self.position.horizontal.embed(canvas.width - scaled.width);
                    let top = self.position.vertical.embed(canvas.height - scaled.height);
                    plan.canvas = Some((left, top, canvas));
                }
            }
            Fit::Fill | Fit::Inside | Fit::Outside => {}
        }
        plan
    }
}

impl Place {
    /// Number of pixels cut off at the start, of `surplus` in total. An odd pixel is cut off at the
    /// start.
    fn crop(self, surplus: u32) -> u32 {
        match self {
            Self::Start => 0,
            Self::Middle => surplus.div_ceil(2),
            Self::End => surplus,
        }
    }

    /// Number of pixels of padding at the start, of `room` in total. An odd pixel is added at the
    /// end.
    fn embed(self, room: u32) -> u32 {
        match self {
            Self::Start => 0,
            Self::Middle => room / 2,
            Self::End => room,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates; a size that does not fit is refused by the limit on pixels"
)]
fn scaled(from: u32, shrink: f64) -> u32 {
    // sharp passes the reciprocal and libvips inverts it again. The rounding errors of that decide
    // which way halves are rounded.
    let shrink = 1.0 / (1.0 / shrink);
    (f64::from(from) / shrink).round().max(1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CENTRE: Position = Position::ALL[0];

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    fn request(width: u32, height: u32, fit: Fit) -> Request {
        Request {
            width: (width > 0).then_some(width),
            height: (height > 0).then_some(height),
            fit,
            position: CENTRE,
            without_enlargement: false,
        }
    }

    /// The results of sharp 0.35 for an image of 451 x 300 pixels.
    #[test]
    fn sizes_agree_with_sharp() {
        let cases = [
            (request(100, 0, Fit::Cover), (100, 67)),
            (request(0, 100, Fit::Cover), (150, 100)),
            (request(100, 100, Fit::Cover), (100, 100)),
            (request(100, 100, Fit::Contain), (100, 100)),
            (request(100, 100, Fit::Fill), (100, 100)),
            (request(100, 0, Fit::Fill), (100, 300)),
            (request(0, 77, Fit::Fill), (451, 77)),
            (request(100, 100, Fit::Inside), (100, 67)),
            (request(100, 100, Fit::Outside), (150, 100)),
            (request(1, 0, Fit::Inside), (1, 1)),
            (request(900, 900, Fit::Inside), (900, 599)),
            (request(0, 0, Fit::Cover), (451, 300)),
        ];
        for (request, (width, height)) in cases {
            let plan = request.plan(size(451, 300));
            assert_eq!(plan.output(), size(width, height), "{request:?}");
        }
    }

    #[test]
    fn without_enlargement_never_enlarges_the_image() {
        for (fit, expected) in [
            (Fit::Cover, size(451, 300)),
            (Fit::Inside, size(451, 300)),
            (Fit::Outside, size(451, 300)),
            (Fit::Fill, size(451, 300)),
            (Fit::Contain, size(900, 900)),
        ] {
            let request = Request {
                without_enlargement: true,
                ..request(900, 900, fit)
            };
            assert_eq!(request.plan(size(451, 300)).output(), expected, "{fit:?}");
        }
    }

    /// sharp crops an odd pixel at the start, and pads it at the end.
    #[test]
    fn odd_pixels_are_cropped_and_padded_as_in_sharp() {
        let plan = request(100, 100, Fit::Cover).plan(size(201, 100));
        assert_eq!((plan.scaled.width, plan.kept.left), (201, 51));
        let plan = request(100, 100, Fit::Contain).plan(size(100, 51));
        assert_eq!(plan.canvas, Some((0, 24, size(100, 100))));
    }

    #[test]
    fn each_position_selects_its_edge_or_corner() {
        let expected = [
            (50, 50),
            (50, 0),
            (100, 50),
            (50, 100),
            (0, 50),
            (100, 0),
            (100, 100),
            (0, 100),
            (0, 0),
        ];
        for (&position, (left, top)) in Position::ALL.iter().zip(expected) {
            let place = |fit| Request {
                position,
                ..request(100, 100, fit)
            };
            let (wide, tall) = (size(200, 100), size(100, 200));
            assert_eq!(place(Fit::Cover).plan(wide).kept.left, left);
            assert_eq!(place(Fit::Cover).plan(tall).kept.top, top);
            let contained = |from| place(Fit::Contain).plan(from).canvas.unwrap();
            assert_eq!(contained(tall).0, left / 2);
            assert_eq!(contained(wide).1, top / 2);
        }
    }

    proptest! {
        #[test]
        fn the_result_satisfies_the_requested_size(
            (from_width, from_height) in (1..5000_u32, 1..5000_u32),
            (width, height) in (0..3000_u32, 0..3000_u32),
            fit in prop::sample::select(Fit::ALL),
            position in prop::sample::select(Position::ALL),
        ) {
            let request = Request { position, ..request(width, height, fit) };
            let plan = request.plan(size(from_width, from_height));
            let output = plan.output();
            prop_assert!(plan.kept.is_within(plan.scaled));
            if let Some((left, top, canvas)) = plan.canvas {
                let Size { width, height } = plan.kept.size();
                let placed = Area { left, top, width, height };
                prop_assert!(placed.is_within(canvas));
            }
            let asked = |asked: u32, is: u32| asked == 0 || is == asked;
            let within = |asked: u32, is: u32| asked == 0 || is <= asked;
            let covers = |asked: u32, is: u32| asked == 0 || is >= asked;
            match fit {
                Fit::Cover => prop_assert!(within(width, output.width) && within(height, output.height)),
                Fit::Contain => prop_assert!(covers(width, output.width) && covers(height, output.height)),
                Fit::Fill => prop_assert!(asked(width, output.width) || width < 1),
                Fit::Inside => prop_assert!(within(width, output.width) && within(height, output.height)),
                Fit::Outside => prop_assert!(covers(width, output.width) || covers(height, output.height)),
            }
        }

        #[test]
        fn an_area_is_within_an_image_if_its_last_pixel_is(
            (left, top, width, height) in (0..9_u32, 0..9_u32, 0..9_u32, 0..9_u32),
            (image_width, image_height) in (1..9_u32, 1..9_u32),
        ) {
            let area = Area { left, top, width, height };
            let last_is_within = width > 0 && height > 0
                && left + width - 1 < image_width && top + height - 1 < image_height;
            prop_assert_eq!(area.is_within(size(image_width, image_height)), last_is_within);
        }
    }

    #[test]
    fn an_area_that_overflows_is_not_within() {
        let area = Area {
            left: u32::MAX,
            top: 0,
            width: 2,
            height: 1,
        };
        assert!(!area.is_within(size(10, 10)));
    }
}
