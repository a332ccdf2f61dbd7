# SPDX-License-Identifier: MIT
"""Keys by their names of linux/input-event-codes.h, and the characters of an American keyboard."""

# Rows of names whose codes follow each other.
_ROWS = {
    1: 'esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p leftbrace rightbrace enter leftctrl '
       'a s d f g h j k l semicolon apostrophe grave leftshift backslash z x c v b n m comma dot slash rightshift '
       'kpasterisk leftalt space capslock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 numlock scrolllock kp7 kp8 kp9 kpminus kp4 '
       'kp5 kp6 kpplus kp1 kp2 kp3 kp0 kpdot',
    86: '102nd f11 f12',
    96: 'kpenter rightctrl kpslash sysrq rightalt linefeed home up pageup left right end down pagedown insert delete '
        'macro mute volumedown volumeup power kpequal kpplusminus pause',
    125: 'leftmeta rightmeta compose',
}
CODES = {name: first + i for first, row in _ROWS.items() for i, name in enumerate(row.split())}

_ALIASES = {
    'ctrl': 'leftctrl', 'lctrl': 'leftctrl', 'rctrl': 'rightctrl', 'shift': 'leftshift', 'lshift': 'leftshift',
    'rshift': 'rightshift', 'alt': 'leftalt', 'lalt': 'leftalt', 'ralt': 'rightalt', 'altgr': 'rightalt',
    'meta': 'leftmeta', 'super': 'leftmeta', 'win': 'leftmeta', 'escape': 'esc', 'return': 'enter',
    'bksp': 'backspace', 'del': 'delete', 'ins': 'insert', 'pgup': 'pageup', 'pgdn': 'pagedown',
    'caps': 'capslock', 'printscreen': 'sysrq', 'screenlock': 'scrolllock',
}

BUTTONS = {'left': 0x110, 'right': 0x111, 'middle': 0x112}
SHIFT = CODES['leftshift']

_PLAIN = {'-': 'minus', '=': 'equal', '[': 'leftbrace', ']': 'rightbrace', ';': 'semicolon', "'": 'apostrophe',
          '`': 'grave', '\\': 'backslash', ',': 'comma', '.': 'dot', '/': 'slash', ' ': 'space', '\t': 'tab',
          '\n': 'enter', '\b': 'backspace', '\x1b': 'esc'}
_SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))


def code_of(name):
    """The code of a key's name, or of 0x and a number; ValueError for an unknown one."""
    key = name.lower()
    key = key[4:] if key.startswith('key_') else key
    code = CODES.get(_ALIASES.get(key, key))
    if code is None and key.startswith('0x'):
        try:
            code = int(key, 16)
        except ValueError:
            pass
    if code is None:
        raise ValueError('there is no key %r' % name)
    return code


def chord(text):
    """The codes of keys with + between, such as ctrl+alt+f2."""
    return [code_of(name) for name in text.split('+')]


def strokes(text):
    """For each character the codes of the keys that type it; ValueError if a character has none."""
    return [_stroke(character) for character in text]


def _stroke(character):
    if character in _SHIFTED:
        return [SHIFT] + _stroke(_SHIFTED[character])
    if character in _PLAIN:
        return [CODES[_PLAIN[character]]]
    if character.isascii() and character.isalnum():
        code = CODES[character.lower()]
        return [SHIFT, code] if character.isupper() else [code]
    raise ValueError('an American keyboard does not type %r: see xenav-type(1) for others' % character)
