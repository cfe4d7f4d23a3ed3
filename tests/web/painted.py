"""What a browser really paints: words and signs with the ground that they stand on, composited.

The formula is that of WCAG 2.2; words need 4.5 to 1 (1.4.3), 3 to 1 where they are large, signs
without words 3 to 1 (1.4.11). Colours go through a canvas, so that whatever CSS makes of them
(mixtures, transparency) is counted as the browser shows it.
"""

from __future__ import annotations

from typing import TypedDict

from playwright.sync_api import Page


class Word(TypedDict):
    """A word or a sign: what it is, its style, and its contrast against what it needs."""

    text: str
    where: str
    style: str
    opacity: float
    contrast: float
    needs: float


_PAINTED = """([inside, signs]) => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const once = (make, known = new Map()) => (key) => {
        if (!known.has(key)) known.set(key, make(key));
        return known.get(key);
    };
    const parts = once((colour) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    });
    const over = ([r, g, b, a], [x, y, z]) =>
        [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
    const luminance = (colour) => {
        const [r, g, b] = colour.slice(0, 3).map((each) => {
            const part = each / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [dark, light] = [one, other].map(luminance).sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const ground = once((element) => (element
        ? over(parts(getComputedStyle(element).backgroundColor), ground(element.parentElement))
        : [255, 255, 255, 1]));
    const opacity = once((element) => (element
        ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1));
    const seen = (element) => element.checkVisibility({ visibilityProperty: true })
        && !element.closest(".sr, .skip, :disabled, title, defs, [aria-hidden=true] text")
        && element.getBoundingClientRect().width > 0;
    const found = [];
    const add = (element, colour, paper, needs, text) => {
        const style = getComputedStyle(element), faint = opacity(element);
        const [r, g, b, a] = parts(colour);
        found.push({
            text: text.trim().slice(0, 60),
            where: `${element.localName}.${element.getAttribute("class")}`,
            style: style.fontStyle, opacity: faint, needs,
            contrast: contrast(over([r, g, b, a * faint], paper), paper),
        });
    };
    for (const root of document.querySelectorAll(inside)) {
        const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (words.nextNode()) {
            const element = words.currentNode.parentElement;
            if (!words.currentNode.data.trim() || !seen(element)) continue;
            if (element.closest("script, style, option")) continue;
            const style = getComputedStyle(element), size = parseFloat(style.fontSize);
            const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            const colour = element instanceof SVGElement ? style.fill : style.color;
            add(element, colour, ground(element), large ? 3 : 4.5, words.currentNode.data);
        }
        for (const element of signs ? root.querySelectorAll(signs) : []) {
            if (!seen(element)) continue;
            const style = getComputedStyle(element), paper = ground(element.parentElement);
            const svg = element instanceof SVGElement;
            const colour = svg ? style.fill : parts(style.backgroundColor)[3]
                ? style.backgroundColor : style.borderTopColor;
            add(element, colour, paper, 3, "");
        }
    }
    return found;
}"""


def painted(page: Page, inside: str = "body", signs: str = "") -> list[Word]:
    """The words that are seen now, and the signs.

    Args:
        page: where.
        inside: selector of what is looked into.
        signs: selector of what says something without words, by its ground, fill or border.
    """
    found: list[Word] = page.evaluate(_PAINTED, [inside, signs])
    return found


def too_faint(words: list[Word]) -> list[Word]:
    """Those that have less contrast than they need."""
    return [each for each in words if each["contrast"] < each["needs"]]
