// What a file is, told by its content as the service does; its name is never asked.

const HEAD_BYTES = 12;
const MIDI = /^MThd|^RIFF.{4}RMID/s;
// The last is a frame of MP3; a score in UTF-16 may begin with FF, too, but then FE.
const SOUND = /^RIFF.{4}WAVE|^fLaC|^OggS|^ID3|^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/s;

// One of "midi", "sound" and "score".
export async function kindOf(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  return MIDI.test(head) ? "midi" : SOUND.test(head) ? "sound" : "score";
}
