// SPDX-License-Identifier: MIT
// The jitter buffer: a ring of samples that starts to play when it holds AIM_MIN_MS and is kept near
// that.  A browser that is late again and again gets more, up to AIM_MAX_MS.
//
// The server sends at its own clock, which differs from the sound card's by some parts in a million.
// When the mean fill leaves a band around the aim, frames are played half a percent faster or slower,
// which nobody hears, until it is back.  Otherwise samples leave as they came.
const AIM_MIN_MS = 40, AIM_MAX_MS = 100, AIM_STEP_MS = 10;
const BAND_MS = 20;    // on both sides of the aim
const LIMIT_MS = 250;  // more than this has piled up while the tab slept: go on with the newest
const PULL = 0.005;
const SMOOTH = 1 / 400; // of a block of 128 frames in the mean: about a second
const STATS_EVERY = 200; // blocks of 128 frames

class JitterBuffer extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this._channels = options.outputChannelCount[0];
    this._size = sampleRate; // frames: a second
    this._ring = new Float32Array(this._size * this._channels);
    this._aim_ms = AIM_MIN_MS;
    this._reset();
    this._late = 0;
    this._dropped = 0;
    this._blocks = 0;
    this.port.onmessage = (event) => {
      if (event.data) {
        this._write(event.data);
      } else {
        this._reset();
      }
    };
  }

  _reset() {
    this._head = 0;    // frames written
    this._tail = 0;    // frames played, with a fraction
    this._primed = false;
    this._rate = 1;
    this._mean = this._frames(this._aim_ms);
  }

  _frames(ms) {
    return sampleRate * ms / 1000;
  }

  _write(samples) {
    const channels = this._channels;
    const frames = Math.floor(samples.length / channels);
    for (let i = Math.max(0, frames - this._size); i < frames; i++) {
      const at = ((this._head + i) % this._size) * channels;
      for (let c = 0; c < channels; c++) {
        this._ring[at + c] = samples[i * channels + c] / 32768;
      }
    }
    this._head += frames;
    if (this._head - this._tail > this._frames(LIMIT_MS)) {
      const aim = this._head - Math.floor(this._frames(this._aim_ms));
      this._dropped += aim - Math.floor(this._tail);
      this._tail = aim;
      this._rate = 1;
      this._mean = this._frames(this._aim_ms);
    }
  }

  // The rate follows the mean fill; at the aim it is 1 again, from a whole frame on.
  _steer(fill) {
    const aim = this._frames(this._aim_ms), band = this._frames(BAND_MS);
    this._mean += (fill - this._mean) * SMOOTH;
    if (this._rate === 1 && Math.abs(this._mean - aim) > band) {
      this._rate = this._mean > aim ? 1 + PULL : 1 - PULL;
    } else if ((this._rate > 1 && this._mean <= aim) || (this._rate < 1 && this._mean >= aim)) {
      this._rate = 1;
      this._tail = Math.floor(this._tail);
    }
  }

  _sample(channel) {
    const whole = Math.floor(this._tail), part = this._tail - whole;
    const a = this._ring[(whole % this._size) * this._channels + channel];
    if (part === 0) {
      return a;
    }
    const b = this._ring[((whole + 1) % this._size) * this._channels + channel];
    return a + (b - a) * part;
  }

  process(inputs, outputs) {
    const output = outputs[0], frames = output[0].length;
    const fill = this._head - this._tail;
    if (!this._primed && fill >= this._frames(this._aim_ms)) {
      this._primed = true;
    }
    if (this._primed && fill < frames + 2) {
      // Play what is there, then collect anew.
      this._primed = fill > 0 && this._rate === 1 ? this._rest(output, fill) : false;
      this._late++;
      this._aim_ms = Math.min(this._aim_ms + AIM_STEP_MS, AIM_MAX_MS);
      this._mean = this._frames(this._aim_ms);
    } else if (this._primed) {
      this._steer(fill);
      for (let i = 0; i < frames; i++, this._tail += this._rate) {
        for (let c = 0; c < output.length; c++) {
          output[c][i] = this._sample(c);
        }
      }
    }
    if (++this._blocks % STATS_EVERY === 0) {
      this.port.postMessage({ fill_ms: fill / sampleRate * 1000, late: this._late,
                              dropped: this._dropped, rate: this._rate });
    }
    return true;
  }

  // The last frames before a gap; returns that nothing is primed any more.
  _rest(output, fill) {
    const frames = Math.min(Math.floor(fill), output[0].length);
    for (let i = 0; i < frames; i++, this._tail++) {
      for (let c = 0; c < output.length; c++) {
        output[c][i] = this._sample(c);
      }
    }
    return false;
  }
}

registerProcessor("jitter-buffer", JitterBuffer);
