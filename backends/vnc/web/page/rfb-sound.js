// SPDX-License-Identifier: MIT
// noVNC's RFB with the guest's sound: the QEMU audio messages of RFB.
//
// The server says with a pseudo-rectangle of encoding -259 that it has sound.  The client then asks
// for a format and for samples, which come as messages of type 255.
//
// With the option exact, the server is asked for pixels as they are, without JPEG.
import RFB from "./novnc/core/rfb.js";

const ENCODING_AUDIO = -259;
const QUALITY_MIN = -32, QUALITY_MAX = -23; // of JPEG: without any of them there is none
const MESSAGE_QEMU = 255;
const SUBMESSAGE_AUDIO = 1;
const CLIENT_ENABLE = 0, CLIENT_DISABLE = 1, CLIENT_FORMAT = 2;
const SERVER_END = 0, SERVER_BEGIN = 1, SERVER_DATA = 2;
const FORMAT_S16 = 3;

export const RATE_HZ = 48000;
export const CHANNELS = 2;

// A message of the server that is longer than this is a fault of it.
const DATA_MAX_BYTES = 1 << 20;

// Events: "soundable" when the server has sound, "soundbegin", "soundend", and "sound" with
// detail.samples, an Int16Array of interleaved frames.
export default class SoundRFB extends RFB {
  constructor(target, url, options) {
    super(target, url, options);
    this._exact = options.exact;
    this._soundable = false;
    this._audioState = null; // what of a message has been read
  }

  get soundable() {
    return this._soundable;
  }

  startSound() {
    this._push([MESSAGE_QEMU, SUBMESSAGE_AUDIO, 0, CLIENT_FORMAT, FORMAT_S16, CHANNELS,
                RATE_HZ >>> 24, (RATE_HZ >>> 16) & 255, (RATE_HZ >>> 8) & 255, RATE_HZ & 255]);
    this._push([MESSAGE_QEMU, SUBMESSAGE_AUDIO, 0, CLIENT_ENABLE]);
  }

  stopSound() {
    this._push([MESSAGE_QEMU, SUBMESSAGE_AUDIO, 0, CLIENT_DISABLE]);
  }

  _push(bytes) {
    if (this._sock.send) {
      this._sock.send(bytes);
    } else {
      this._sock.sQpushBytes(new Uint8Array(bytes));
      this._sock.flush();
    }
  }

  // noVNC makes its list of encodings and sends it in one function: change the list on the way.
  _sendEncodings() {
    const messages = RFB.messages;
    const send = messages.clientEncodings;
    const wanted = (e) => !this._exact || e < QUALITY_MIN || e > QUALITY_MAX;
    messages.clientEncodings = (sock, encodings) => send(sock, [...encodings.filter(wanted),
                                                                ENCODING_AUDIO]);
    try {
      super._sendEncodings();
    } finally {
      messages.clientEncodings = send;
    }
  }

  _handleRect() {
    if (this._FBU.encoding !== ENCODING_AUDIO) {
      return super._handleRect();
    }
    if (!this._soundable) {
      this._soundable = true;
      this.dispatchEvent(new CustomEvent("soundable"));
    }
    return true;
  }

  _normalMsg() {
    if (this._FBU.rects === 0 && this._sock.rQpeek8() === MESSAGE_QEMU) {
      return this._handleQemu();
    }
    return super._normalMsg();
  }

  // Returns false until a whole message is there; nothing of it is taken before.
  _handleQemu() {
    if (this._sock.rQwait("QEMU audio header", 4)) {
      return false;
    }
    this._sock.rQshift8();
    const submessage = this._sock.rQshift8();
    const operation = this._sock.rQshift16();
    if (submessage !== SUBMESSAGE_AUDIO || operation > SERVER_DATA) {
      return this._fail("Unexpected QEMU message");
    }
    if (operation !== SERVER_DATA) {
      this.dispatchEvent(new CustomEvent(operation === SERVER_BEGIN ? "soundbegin" : "soundend"));
      return true;
    }
    return this._handleSamples();
  }

  _handleSamples() {
    if (this._sock.rQwait("QEMU audio length", 4, 4)) {
      return false;
    }
    const length = this._sock.rQshift32() >>> 0;
    if (length > DATA_MAX_BYTES) {
      return this._fail("QEMU audio data of " + length + " bytes");
    }
    if (this._sock.rQwait("QEMU audio data", length, 8)) {
      return false;
    }
    // A view of noVNC's queue in old versions: copy it, which aligns it as well.
    const bytes = Uint8Array.from(this._sock.rQshiftBytes(length));
    const samples = new Int16Array(bytes.buffer, 0, length >> 1);
    this.dispatchEvent(new CustomEvent("sound", { detail: { samples } }));
    return true;
  }
}
