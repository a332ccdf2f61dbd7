// SPDX-License-Identifier: MIT
// The page: a guest's screen with noVNC, its sound, and what a browser cannot type.
import SoundRFB, { RATE_HZ, CHANNELS } from "./rfb-sound.js";
import Sound from "./sound.js";

const RETRY_MIN_MS = 500, RETRY_MAX_MS = 10000;
const TEXT_MAX = 16384, TYPE_EVERY_MS = 10;

const $ = (id) => document.getElementById(id);
let rfb = null;
let sound = null;
let wantSound = true;
let retry_ms = RETRY_MIN_MS;
let password = null;

function say(text) {
  $("status").textContent = text;
}

function press(id, on) {
  $(id).setAttribute("aria-pressed", on ? "true" : "false");
}

// ---- sound ----

async function startSound() {
  try {
    sound = sound || await Sound.create(RATE_HZ, CHANNELS);
  } catch (error) {
    say(error.message);
    return;
  }
  sound.volume = $("volume").value / 100;
  await sound.resume();
  if (rfb && rfb.soundable && wantSound) {
    sound.clear();
    rfb.startSound();
    press("sound", true);
  }
}

function stopSound() {
  if (rfb && rfb.soundable) {
    rfb.stopSound();
  }
  if (sound) {
    sound.clear();
  }
  press("sound", false);
}

function toggleSound() {
  wantSound = $("sound").getAttribute("aria-pressed") !== "true";
  if (wantSound) {
    startSound();
  } else {
    stopSound();
  }
}

// ---- the connection ----

function connect() {
  const wishes = new URLSearchParams(location.search);
  const screen = wishes.get("screen");
  const url = new URL(screen ? "rfb/" + encodeURIComponent(screen) : "rfb", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  rfb = new SoundRFB($("screen"), url.href, {
    wsProtocols: ["binary"],
    credentials: password === null ? {} : { password },
    exact: wishes.has("exact"),
  });
  rfb.scaleViewport = $("scale").getAttribute("aria-pressed") === "true";
  rfb.addEventListener("connect", onConnect);
  rfb.addEventListener("disconnect", onDisconnect);
  rfb.addEventListener("credentialsrequired", askPassword);
  rfb.addEventListener("securityfailure", onRefused);
  rfb.addEventListener("desktopname", onName);
  rfb.addEventListener("clipboard", onClipboard);
  rfb.addEventListener("soundable", startSound);
  rfb.addEventListener("sound", (event) => {
    if (sound) {
      sound.play(event.detail.samples);
    }
  });
}

function onConnect() {
  say("Connected");
  retry_ms = RETRY_MIN_MS;
  rfb.focus();
}

function onDisconnect() {
  rfb = null;
  press("sound", false);
  if (sound) {
    sound.clear();
  }
  say("Disconnected; trying again");
  setTimeout(connect, retry_ms);
  retry_ms = Math.min(retry_ms * 2, RETRY_MAX_MS);
}

function onRefused(event) {
  password = null;
  // A wrong password is not tried again and again.
  retry_ms = RETRY_MAX_MS;
  say("Refused: " + (event.detail.reason || "wrong password"));
}

function onName(event) {
  $("name").textContent = event.detail.name;
  document.title = event.detail.name;
}

function onClipboard(event) {
  if (navigator.clipboard && document.hasFocus()) {
    navigator.clipboard.writeText(event.detail.text).catch(() => {});
  }
}

// ---- typing ----

// The keysym of a character; the server finds the keys for it.
function keysymOf(character) {
  const point = character.codePointAt(0);
  if (point === 10 || point === 13) {
    return 0xff0d;
  }
  if (point === 9) {
    return 0xff09;
  }
  return point < 0x100 ? point : 0x01000000 | point;
}

// One character after the other, so that the guest keeps up.
function typeText(characters) {
  if (rfb && characters.length > 0) {
    const keysym = keysymOf(characters[0]);
    rfb.sendKey(keysym, null, true);
    rfb.sendKey(keysym, null, false);
    setTimeout(typeText, TYPE_EVERY_MS, characters.slice(1));
  }
}

// ---- the password ----

function askPassword() {
  $("password").value = "";
  $("password-dialog").showModal();
}

$("password-dialog").addEventListener("close", () => {
  password = $("password").value;
  if (rfb) {
    rfb.sendCredentials({ password });
  }
});

// ---- the bar ----

$("sound").addEventListener("click", toggleSound);

$("volume").addEventListener("input", () => {
  if (sound) {
    sound.volume = $("volume").value / 100;
  }
});

$("scale").addEventListener("click", () => {
  const on = $("scale").getAttribute("aria-pressed") !== "true";
  press("scale", on);
  if (rfb) {
    rfb.scaleViewport = on;
  }
});

$("screen-full").addEventListener("click", () => {
  $("screen").requestFullscreen().then(() => rfb && rfb.focus()).catch(() => {});
});

$("cad").addEventListener("click", () => {
  if (rfb) {
    rfb.sendCtrlAltDel();
    rfb.focus();
  }
});

$("paste").addEventListener("click", () => {
  $("paste-dialog").returnValue = "";
  $("paste-dialog").showModal();
});

$("paste-dialog").addEventListener("close", () => {
  if (rfb && $("paste-dialog").returnValue === "type") {
    typeText([...$("text").value].slice(0, TEXT_MAX));
  }
  $("text").value = "";
  if (rfb) {
    rfb.focus();
  }
});

// Browsers let a page play after the first click or key.
for (const type of ["pointerdown", "keydown"]) {
  window.addEventListener(type, () => sound && wantSound && sound.resume(), true);
}

connect();
