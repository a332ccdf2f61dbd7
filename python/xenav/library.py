# SPDX-License-Identifier: MIT
"""The functions and structures of libxenav.so.0, for ctypes: see xenav.h.

XENAV_LIBRARY in the environment names another file of the library.
"""
import ctypes as c
import os

PLAYBACK, CAPTURE = 0, 1
STOPPED, STARTED, PAUSED = 0, 1, 2
INPUT_KEYBOARD, INPUT_POINTER, INPUT_ABSOLUTE, INPUT_TOUCH = 1, 2, 4, 8


class StreamInfo(c.Structure):
    _fields_ = [('domid', c.c_uint32), ('devid', c.c_uint32), ('pcm', c.c_uint8), ('stream', c.c_uint8),
                ('direction', c.c_uint8), ('domain_name', c.c_char_p), ('unique_id', c.c_char_p),
                ('pcm_name', c.c_char_p)]


class Pcm(c.Structure):
    _fields_ = [('rate_hz', c.c_uint32), ('format', c.c_uint8), ('channels', c.c_uint8),
                ('frame_bytes', c.c_uint32), ('buffer_frames', c.c_uint32), ('period_frames', c.c_uint32)]


class Limits(c.Structure):
    _fields_ = [('size', c.c_size_t), ('formats', c.c_uint64), ('rate_min_hz', c.c_uint32),
                ('rate_max_hz', c.c_uint32), ('channels_min', c.c_uint32), ('channels_max', c.c_uint32),
                ('buffer_min_frames', c.c_uint32), ('buffer_max_frames', c.c_uint32),
                ('period_min_frames', c.c_uint32), ('period_max_frames', c.c_uint32)]


class ConnectorInfo(c.Structure):
    _fields_ = [('domid', c.c_uint32), ('devid', c.c_uint32), ('connector', c.c_uint32),
                ('width_px', c.c_uint32), ('height_px', c.c_uint32), ('domain_name', c.c_char_p),
                ('unique_id', c.c_char_p)]


class Frame(c.Structure):
    _fields_ = [('pixels', c.c_void_p), ('width_px', c.c_uint32), ('height_px', c.c_uint32),
                ('stride_bytes', c.c_uint32), ('fourcc', c.c_uint32), ('serial', c.c_uint64),
                ('way', c.c_uint32), ('dmabuf_fd', c.c_int), ('dmabuf_size_bytes', c.c_uint32),
                ('offset_bytes', c.c_uint32), ('offered', c.c_int)]


class InputInfo(c.Structure):
    _fields_ = [('domid', c.c_uint32), ('devid', c.c_uint32), ('caps', c.c_uint32), ('contacts', c.c_uint32),
                ('width', c.c_uint32), ('height', c.c_uint32), ('touch_width', c.c_uint32),
                ('touch_height', c.c_uint32), ('domain_name', c.c_char_p), ('unique_id', c.c_char_p)]


class FormatInfo(c.Structure):
    _fields_ = [('bytes', c.c_uint8), ('valid_bits', c.c_uint8), ('is_signed', c.c_uint8),
                ('is_float', c.c_uint8), ('is_big_endian', c.c_uint8), ('silence', c.c_uint8 * 8)]


# Each callback, in the order of the structure: its arguments behind data.
CALLBACKS = [
    ('connected', [c.c_char_p]),
    ('disconnected', [c.c_int]),
    ('stream_added', [c.c_void_p]),
    ('stream_removed', [c.c_void_p]),
    ('stream_claimed', [c.c_void_p]),
    ('stream_claim_failed', [c.c_void_p, c.c_int]),
    ('stream_opened', [c.c_void_p, c.POINTER(Pcm)]),
    ('stream_state', [c.c_void_p, c.c_int, c.c_uint64]),
    ('stream_data', [c.c_void_p, c.c_uint64, c.c_void_p, c.c_uint32]),
    ('stream_space', [c.c_void_p, c.c_uint64, c.c_uint32]),
    ('stream_closed', [c.c_void_p]),
    ('connector_added', [c.c_void_p]),
    ('connector_removed', [c.c_void_p]),
    ('connector_claimed', [c.c_void_p]),
    ('connector_claim_failed', [c.c_void_p, c.c_int]),
    ('frame', [c.c_void_p, c.POINTER(Frame)]),
    ('blank', [c.c_void_p]),
    ('stream_volume', [c.c_void_p]),
    ('stream_limits_failed', [c.c_void_p, c.c_int]),
    ('stream_lost', [c.c_void_p, c.c_uint64, c.c_uint32]),
    ('frame_gone', [c.c_void_p, c.c_uint64]),
    ('connector_offer_failed', [c.c_void_p, c.c_int]),
    ('input_added', [c.c_void_p]),
    ('input_removed', [c.c_void_p]),
    ('input_ready', [c.c_void_p]),
    ('input_failed', [c.c_void_p, c.c_int]),
    ('stream_moved', [c.c_void_p, c.c_uint64]),
    ('announced', []),
    ('paused', []),
    ('resumed', []),
]
CALLBACK_TYPES = {name: c.CFUNCTYPE(None, c.c_void_p, *arguments) for name, arguments in CALLBACKS}


class Listener(c.Structure):
    _fields_ = [('size', c.c_size_t)] + [(name, CALLBACK_TYPES[name]) for name, _ in CALLBACKS]


# What xenav.h calls them, for the test of their layout.
STRUCTURES = {
    'xenav_stream_info': StreamInfo, 'xenav_pcm': Pcm, 'xenav_limits': Limits,
    'xenav_connector_info': ConnectorInfo, 'xenav_frame': Frame, 'xenav_input_info': InputInfo,
    'xenav_format_info': FormatInfo, 'xenav_listener': Listener,
}

_P, _INT, _U32, _I32, _U64 = c.c_void_p, c.c_int, c.c_uint32, c.c_int32, c.c_uint64

# The result and the arguments of each function.
FUNCTIONS = {
    'xenav_open': (_INT, [c.POINTER(_P), c.c_char_p, c.c_char_p, c.POINTER(Listener), _P]),
    'xenav_close': (None, [_P]),
    'xenav_get_fd': (_INT, [_P]),
    'xenav_get_events': (c.c_short, [_P]),
    'xenav_dispatch': (_INT, [_P]),
    'xenav_set_patience': (None, [_P, _U32]),
    'xenav_stream_get_info': (c.POINTER(StreamInfo), [_P]),
    'xenav_stream_get_pcm': (c.POINTER(Pcm), [_P]),
    'xenav_stream_claim': (_INT, [_P]),
    'xenav_stream_claim_wait': (_INT, [_P]),
    'xenav_stream_feed': (_INT, [_P]),
    'xenav_stream_watch': (_INT, [_P]),
    'xenav_stream_release': (_INT, [_P]),
    'xenav_stream_space': (_U32, [_P]),
    'xenav_stream_write': (_INT, [_P, c.c_char_p, _U32]),
    'xenav_stream_get_written': (_U64, [_P]),
    'xenav_stream_set_limits': (_INT, [_P, c.POINTER(Limits)]),
    'xenav_stream_get_volume': (_I32, [_P, c.c_uint]),
    'xenav_stream_is_muted': (_INT, [_P, c.c_uint]),
    'xenav_connector_get_info': (c.POINTER(ConnectorInfo), [_P]),
    'xenav_connector_claim': (_INT, [_P]),
    'xenav_connector_watch': (_INT, [_P]),
    'xenav_connector_release': (_INT, [_P]),
    'xenav_frame_done': (_INT, [_P]),
    'xenav_frame_again': (_INT, [_P]),
    'xenav_frame_to_xrgb8888': (_INT, [c.POINTER(Frame), _P, c.c_size_t]),
    'xenav_format_name': (c.c_char_p, [c.c_uint8]),
    'xenav_format_bytes': (c.c_uint, [c.c_uint8]),
    'xenav_format_describe': (_INT, [c.c_uint8, c.POINTER(FormatInfo)]),
    'xenav_selects': (_INT, [c.c_char_p, c.c_char_p, _U32, c.c_char_p, c.c_char_p]),
    'xenav_input_get_info': (c.POINTER(InputInfo), [_P]),
    'xenav_input_feed': (_INT, [_P]),
    'xenav_input_release': (_INT, [_P]),
    'xenav_input_belongs': (_INT, [_P, _P]),
    'xenav_input_key': (_INT, [_P, _U32, _INT]),
    'xenav_input_motion': (_INT, [_P, _I32, _I32, _I32]),
    'xenav_input_position': (_INT, [_P, _P, _I32, _I32, _I32]),
    'xenav_input_touch': (_INT, [_P, _U32, _P, _I32, _I32]),
    'xenav_input_touch_end': (_INT, [_P, _U32]),
    'xenav_input_flush': (_INT, [_P]),
}


def _load():
    library = c.CDLL(os.environ.get('XENAV_LIBRARY') or 'libxenav.so.0')
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_library = None


def library():
    """The library, which is loaded by the first call."""
    global _library
    if _library is None:
        _library = _load()
    return _library


def check(rc):
    """Raise the OSError of a negative result."""
    if rc < 0:
        raise OSError(-rc, os.strerror(-rc))
    return rc


def describe(sample_format):
    """The FormatInfo of a sample format; ValueError for a compressed one."""
    info = FormatInfo()
    if library().xenav_format_describe(sample_format, c.byref(info)) < 0:
        raise ValueError('format %d has no samples of a fixed size' % sample_format)
    return info
