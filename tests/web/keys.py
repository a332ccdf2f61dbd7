# SPDX-License-Identifier: MIT
"""The keys of a keyboard with 105 keys: KeyboardEvent.code, KEY_* of Linux, and what they mean with
a US and a German layout (None: the same)."""

ROWS = [
    ("Backquote", 41, "`", "Dead"), ("Digit1", 2, "1", None), ("Digit2", 3, "2", None),
    ("Digit3", 4, "3", None), ("Digit4", 5, "4", None), ("Digit5", 6, "5", None),
    ("Digit6", 7, "6", None), ("Digit7", 8, "7", None), ("Digit8", 9, "8", None),
    ("Digit9", 10, "9", None), ("Digit0", 11, "0", None), ("Minus", 12, "-", "ß"),
    ("Equal", 13, "=", "Dead"), ("Backspace", 14, "Backspace", None), ("Tab", 15, "Tab", None),
    ("KeyQ", 16, "q", None), ("KeyW", 17, "w", None), ("KeyE", 18, "e", None),
    ("KeyR", 19, "r", None), ("KeyT", 20, "t", None), ("KeyY", 21, "y", "z"),
    ("KeyU", 22, "u", None), ("KeyI", 23, "i", None), ("KeyO", 24, "o", None),
    ("KeyP", 25, "p", None), ("BracketLeft", 26, "[", "ü"), ("BracketRight", 27, "]", "+"),
    ("Enter", 28, "Enter", None), ("KeyA", 30, "a", None), ("KeyS", 31, "s", None),
    ("KeyD", 32, "d", None), ("KeyF", 33, "f", None), ("KeyG", 34, "g", None),
    ("KeyH", 35, "h", None), ("KeyJ", 36, "j", None), ("KeyK", 37, "k", None),
    ("KeyL", 38, "l", None), ("Semicolon", 39, ";", "ö"), ("Quote", 40, "'", "ä"),
    ("Backslash", 43, "\\", "#"), ("IntlBackslash", 86, "<", "<"), ("KeyZ", 44, "z", "y"),
    ("KeyX", 45, "x", None), ("KeyC", 46, "c", None), ("KeyV", 47, "v", None),
    ("KeyB", 48, "b", None), ("KeyN", 49, "n", None), ("KeyM", 50, "m", None),
    ("Comma", 51, ",", None), ("Period", 52, ".", None), ("Slash", 53, "/", "-"),
    ("Space", 57, " ", None), ("ShiftLeft", 42, "Shift", None),
    ("ShiftRight", 54, "Shift", None), ("ControlLeft", 29, "Control", None),
    ("ControlRight", 97, "Control", None), ("AltLeft", 56, "Alt", None),
    ("MetaLeft", 125, "Meta", None), ("MetaRight", 126, "Meta", None),
    ("ContextMenu", 127, "ContextMenu", None), ("Escape", 1, "Escape", None),
    ("F1", 59, "F1", None), ("F2", 60, "F2", None), ("F3", 61, "F3", None),
    ("F4", 62, "F4", None), ("F5", 63, "F5", None), ("F6", 64, "F6", None),
    ("F7", 65, "F7", None), ("F8", 66, "F8", None), ("F9", 67, "F9", None),
    ("F10", 68, "F10", None), ("F11", 87, "F11", None), ("F12", 88, "F12", None),
    ("ScrollLock", 70, "ScrollLock", None), ("Pause", 119, "Pause", None),
    ("Insert", 110, "Insert", None), ("Delete", 111, "Delete", None),
    ("Home", 102, "Home", None), ("End", 107, "End", None), ("PageUp", 104, "PageUp", None),
    ("PageDown", 109, "PageDown", None), ("ArrowUp", 103, "ArrowUp", None),
    ("ArrowDown", 108, "ArrowDown", None), ("ArrowLeft", 105, "ArrowLeft", None),
    ("ArrowRight", 106, "ArrowRight", None), ("Numpad0", 82, "0", None),
    ("Numpad1", 79, "1", None), ("Numpad2", 80, "2", None), ("Numpad3", 81, "3", None),
    ("Numpad4", 75, "4", None), ("Numpad5", 76, "5", None), ("Numpad6", 77, "6", None),
    ("Numpad7", 71, "7", None), ("Numpad8", 72, "8", None), ("Numpad9", 73, "9", None),
    ("NumpadDecimal", 83, ".", ","), ("NumpadEnter", 96, "Enter", None),
    ("NumpadAdd", 78, "+", None), ("NumpadSubtract", 74, "-", None),
    ("NumpadMultiply", 55, "*", None), ("NumpadDivide", 98, "/", None),
]


def layout(german):
    """(code, KEY_*, meaning) for each key."""
    return [(code, key, de if german and de else us) for code, key, us, de in ROWS]
