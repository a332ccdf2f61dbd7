// SPDX-License-Identifier: MIT
// Plays samples through Web Audio.  The worklet keeps the jitter buffer.

export default class Sound {
  // The context starts suspended unless the user has already clicked or typed.
  static async create(rate_hz, channels) {
    if (!window.AudioContext || !("audioWorklet" in AudioContext.prototype)) {
      throw new Error("The browser plays sound only over HTTPS or from localhost");
    }
    const context = new AudioContext({ sampleRate: rate_hz, latencyHint: "interactive" });
    await context.audioWorklet.addModule("sound-worklet.js");
    return new Sound(context, channels);
  }

  constructor(context, channels) {
    this._context = context;
    this._node = new AudioWorkletNode(context, "jitter-buffer", {
      numberOfInputs: 0,
      outputChannelCount: [channels],
    });
    this._gain = new GainNode(context);
    this._node.connect(this._gain).connect(context.destination);
    this.stats = null;
    this._node.port.onmessage = (event) => { this.stats = event.data; };
  }

  // Resolves when sound is heard; browsers allow that after a click or a key.
  resume() {
    return this._context.resume();
  }

  set volume(factor) {
    this._gain.gain.value = factor;
  }

  // Interleaved frames; the array is given away.
  play(samples) {
    this._node.port.postMessage(samples, [samples.buffer]);
  }

  // Forget what is not played yet.
  clear() {
    this._node.port.postMessage(null);
  }

  close() {
    return this._context.close();
  }
}
